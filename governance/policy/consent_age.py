"""Age of digital consent by country: GDPR Article 8(1) and the national laws under it."""

from __future__ import annotations

DEFAULT_AGE = 16
# National laws under Article 8(1), and the United Kingdom's Data Protection Act 2018, section 9.
DIGITAL_CONSENT_AGE = {
    **dict.fromkeys(("BE", "DK", "EE", "FI", "GB", "LV", "MT", "NO", "PT", "SE", "IS"), 13),
    **dict.fromkeys(("AT", "BG", "CY", "ES", "IT", "LT"), 14),
    **dict.fromkeys(("CZ", "FR", "GR", "SI"), 15),
    **dict.fromkeys(("DE", "HR", "HU", "IE", "LI", "LU", "NL", "PL", "RO", "SK"), 16),
}
