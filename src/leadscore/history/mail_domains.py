"""Mail domains that belong to no company: consumer mailboxes and throw-away ones.

Our own compilation of widely known providers; a short list, no copy of any published one. What is
not listed counts as professional, so the list only ever takes points away where it is sure.
"""

# Providers with one domain per country: any `name.tld`, `name.co.tld`, `name.com.tld`.
CONSUMER_FAMILIES = frozenset(
    {"yahoo", "hotmail", "outlook", "live", "gmx", "msn", "googlemail", "ymail"}
)

CONSUMER = frozenset(
    {
        # worldwide
        "gmail.com", "googlemail.com", "aol.com", "icloud.com", "me.com", "mac.com",
        "rocketmail.com", "proton.me", "protonmail.com", "protonmail.ch", "pm.me", "mail.com",
        "email.com", "zohomail.com", "tutanota.com", "tuta.io", "tuta.com", "fastmail.com",
        "hey.com", "yandex.com", "yandex.ru", "mail.ru", "bk.ru", "inbox.ru", "list.ru",
        "rambler.ru", "qq.com", "163.com", "126.com", "sina.com", "naver.com", "hanmail.net",
        "rediffmail.com", "passport.com",
        # France
        "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "sfr.fr", "neuf.fr", "bbox.fr",
        "numericable.fr", "aliceadsl.fr", "club-internet.fr", "cegetel.net", "9online.fr",
        "9business.fr", "voila.fr", "noos.fr", "nordnet.fr", "libertysurf.fr", "caramail.com",
        "dbmail.com", "tele2.fr", "aol.fr",
        # Belgium, Switzerland, Luxembourg, Germany, Austria
        "skynet.be", "telenet.be", "proximus.be", "scarlet.be", "voo.be", "bluewin.ch",
        "sunrise.ch", "hispeed.ch", "pt.lu", "web.de", "t-online.de", "freenet.de", "arcor.de",
        "mail.de", "posteo.de", "1und1.de", "aon.at", "chello.at",
        # Italy, Spain, Portugal, Netherlands, Poland, United Kingdom, North America
        "libero.it", "virgilio.it", "tiscali.it", "alice.it", "tin.it", "telefonica.net",
        "terra.es", "sapo.pt", "ziggo.nl", "kpnmail.nl", "planet.nl", "xs4all.nl", "home.nl",
        "wp.pl", "o2.pl", "onet.pl", "interia.pl", "btinternet.com", "virginmedia.com", "sky.com",
        "talktalk.net", "ntlworld.com", "blueyonder.co.uk", "comcast.net", "verizon.net",
        "att.net", "sbcglobal.net", "bellsouth.net", "cox.net", "charter.net", "earthlink.net",
        "videotron.ca", "sympatico.ca", "rogers.com", "shaw.ca", "menara.ma",
    }
)  # fmt: skip

DISPOSABLE = frozenset(
    {
        "mailinator.com", "yopmail.com", "yopmail.fr", "yopmail.net", "guerrillamail.com",
        "sharklasers.com", "guerrillamail.info", "10minutemail.com", "10minutemail.net",
        "tempmail.com", "temp-mail.org", "tempmail.net", "tempail.com", "trashmail.com",
        "trashmail.de", "dispostable.com", "throwawaymail.com", "getnada.com", "nada.email",
        "maildrop.cc", "mailnesia.com", "mintemail.com", "fakeinbox.com", "spamgourmet.com",
        "jetable.org", "jetable.com", "mytemp.email", "moakt.com", "emailondeck.com", "mohmal.com",
        "discard.email", "mailcatch.com", "spam4.me", "grr.la", "33mail.com", "burnermail.io",
    }
)  # fmt: skip
