"""The words the simulated CRM is written in: industries, countries, titles, mailboxes, pages.

Beside each word stands its weight (share of leads or firms) and its effect on fit, in fit units.
No word names a real person or firm.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """A category: its text, its relative weight and what it adds to fit."""

    text: str
    weight: float
    fit: float = 0.0


INDUSTRIES = (
    Word("Software", 18, 0.45),
    Word("Professional services", 16, 0.30),
    Word("Logistics", 10, 0.20),
    Word("Manufacturing", 14, 0.10),
    Word("Retail", 13, -0.10),
    Word("Construction", 9, -0.20),
    Word("Health", 8, -0.25),
    Word("Education", 7, -0.45),
    Word("Public sector", 5, -0.60),
)
"""Industries; the first three are the target sectors of the demo grid."""

COUNTRIES = (
    Word("France", 70, 0.15),
    Word("Belgium", 8, 0.05),
    Word("Switzerland", 6, 0.05),
    Word("Luxembourg", 2, 0.05),
    Word("Germany", 4, -0.25),
    Word("United Kingdom", 3, -0.25),
    Word("Canada", 3, -0.30),
    Word("Morocco", 2, -0.50),
    Word("Spain", 2, -0.35),
)
FRENCH_SPEAKING = ("France", "Belgium", "Switzerland", "Luxembourg", "Canada", "Morocco")

SENIORITIES = (
    Word("student", 5, -1.50),
    Word("user", 27, -0.40),
    Word("manager", 32, 0.05),
    Word("head", 22, 0.40),
    Word("chief", 14, 0.60),
)
"""Seniority behind the job title; the CRM shows only the title."""

JOB_TITLES = {
    "student": (
        "Étudiant", "Étudiante", "Student", "Stagiaire marketing", "Intern", "Alternante",
        "Master student",
    ),
    "user": (
        "Chargée de clientèle", "Assistant commercial", "Account executive", "Sales assistant",
        "Chargé de communication", "Marketing specialist", "Business developer",
        "Assistante de direction", "Sales rep", "Consultant",
    ),
    "manager": (
        "Responsable marketing", "Responsable commercial", "Sales manager", "Marketing manager",
        "CRM manager", "Chef de projet", "Responsable relation client", "Project manager",
        "Sales ops manager", "Chef des ventes",
    ),
    "head": (
        "Head of Sales", "VP Revenue", "Directeur commercial", "Directrice marketing",
        "Head of Marketing", "VP Sales", "Directeur commercial, EMEA", "Sales Director",
        "Directrice de la relation client",
    ),
    "chief": (
        "Directeur Général", "CEO", "Gérant", "Founder", "PDG", "Présidente", "Managing Director",
        "Co-founder & CEO", "Chief Revenue Officer", "DG",
    ),
}  # fmt: skip

CONSUMER_MAILBOXES = (Word("gmail.com", 55), Word("hotmail.fr", 20), Word("orange.fr", 25))
MAILBOX_KINDS = (
    Word("company", 74, 0.08),
    Word("consumer", 18, -0.35),
    Word("disposable", 3, -1.30),
    Word("empty", 5, -0.20),
)
DISPOSABLE_MAILBOX = "mailinator.com"

ACTIVITIES = (
    "Email sent",
    "Email opened",
    "Email clicked",
    "Email bounced",
    "Unsubscribed",
    "Page viewed",
    "Pricing page viewed",
    "Document downloaded",
    "Webinar attended",
    "Demo requested",
    "Form submitted",
    "Call logged",
    "Meeting held",
)
"""Every value of `Activity` in events.csv."""

PAGES = (
    "/blog",
    "/",
    "/careers",
    "/product",
    "/customers",
    "/crm-integration",
    "/security",
    "/pricing",
)
PAGE_WEIGHTS = (
    (0.46, 0.24, 0.08, 0.11, 0.05, 0.02, 0.01, 0.03),
    (0.32, 0.18, 0.03, 0.22, 0.11, 0.05, 0.02, 0.07),
    (0.15, 0.10, 0.01, 0.25, 0.17, 0.13, 0.05, 0.14),
    (0.08, 0.07, 0.01, 0.20, 0.15, 0.16, 0.11, 0.22),
)
"""Share of each page among the views of a lead, one row per intent."""

CAMPAIGNS = ("Newsletter", "Case study", "Product update", "Demo invitation", "Special offer")
DOCUMENTS = (
    "White paper: lead scoring",
    "Guide: CRM in 30 days",
    "Customer story",
    "ROI calculator",
    "Security sheet",
)
WEBINARS = ("Webinar: first steps", "Webinar: sales and marketing", "Webinar: live demo")
FORMS = ("Contact form", "Newsletter form", "Content form", "Event form")
LOST_REASONS = ("Price", "Competitor", "No budget", "Bad timing", "Not a fit", "No response")
VERDICTS = ("Overrated", "Right", "Underrated")
