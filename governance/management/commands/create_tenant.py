"""`manage.py create_tenant`: a new tenant with its first two people, who then request and approve everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug

from governance.access.staff import found_organisation
from governance.errors import InvalidChange
from governance.keyring.keys import check_root_key
from governance.processing.tenants import create_tenant
from governance.vocabulary import Role

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Make a tenant and print the claim codes of its first administrator and data protection officer, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="short name that people sign in with, e.g. north-bank")
        parser.add_argument("--name", required=True, help="name of the organisation")
        parser.add_argument("--administrator", required=True, help="personnel number of the first administrator")
        parser.add_argument("--dpo", required=True, help="personnel number of the first data protection officer")

    def handle(self, *_args: object, **options: str) -> None:
        validate_slug(options["slug"])
        if options["administrator"].strip().casefold() == options["dpo"].strip().casefold():
            raise CommandError("it takes two people: --administrator and --dpo are the same")
        check_root_key()
        try:
            tenant = create_tenant(slug=options["slug"], name=options["name"])
        except InvalidChange as error:
            raise CommandError(f"slug {error.problem}") from None
        people = [
            ("administrator", Role.ADMINISTRATOR, options["administrator"]),
            ("dpo", Role.DPO, options["dpo"]),
        ]
        codes = found_organisation(tenant.id, people)
        self.stdout.write(f"tenant {tenant.id} ({tenant.slug})")
        self.stdout.write("Hand each code to its person. It works once, at POST /governance/v1/staff/enrol/:")
        for username, code in codes.items():
            self.stdout.write(f"  {username}: {code}")
