"""Words for the audit trail: which of two memories is current, by staff, and what the person takes back themself."""

from django.db import migrations, models

from governance.migrations.tables.words import plain


class Migration(migrations.Migration):
    dependencies = [("governance", "0002_database_rules")]
    operations = [
        migrations.AlterField(
            "AuditEvent",
            "type",
            models.CharField(
                max_length=24,
                choices=plain("""
remember extract recall read browse history revise forget forget_scope list_subjects read_event
connect authenticate grant_consent withdraw_consent read_consent object read_objections
settle_objection restrict lift_restriction declare_age set_contract_end open_request read_requests
follow_request verify_request extend_request pause_request resume_request refuse_request
cancel_request fulfil_request escalate_request plan_erasure approve_erasure withdraw_erasure
reject_erasure erase scan_erasure certify_erasure read_certificate list_certificates list_links
notify_recipient link_copy make_copy hand_out_copy issue_portal_link open_portal read_portal
extend_sitting read_own_access revive_own issue_code prove_identity sign_in sign_out step_up link_sign_on
look_up_subject inspect read_quarantine release reject settle_fact break_glass review_break_glass
read_configuration create_tenant configure_tenant create_purpose revise_purpose record_compatibility
end_compatibility approve_loosening decline_loosening withdraw_loosening register_notice
propose_rule preview_rule approve_rule decline_rule withdraw_rule propose_rule_end approve_rule_end
decline_rule_end withdraw_rule_end read_holds request_hold approve_hold decline_hold withdraw_hold
request_hold_release approve_hold_release decline_hold_release withdraw_hold_release request_key
approve_key decline_key withdraw_key claim_key revoke_key request_member approve_member
decline_member withdraw_member enrol_member suspend_member read_audit export_audit copy_audit
verify_audit read_report read_changes drop_audit witness_lost damage_found clock_jumped
ledger_damaged message_parked rotate_signing_key open_breach update_breach read_breaches
register_recipient read_recipients record_disclosure suspend_accounting expire shred apply_rules
rotate_keys destroy_epoch restore request_offboarding approve_offboarding decline_offboarding
withdraw_offboarding offboard_tenant
"""),
            ),
        ),
    ]
