"""The words and codes behind the sectors: for the desk to read. The notation is `lexicon.Lexicon`'s."""

from __future__ import annotations

DIVISIONS: dict[str, tuple[int, ...]] = {
    "agriculture": (1, 2, 3),
    "energy_utilities": (5, 6, 7, 8, 9, 35, 36, 37, 38, 39),
    "chemicals_pharma": (19, 20, 21),
    "manufacturing": (*range(10, 19), *range(22, 34)),
    "construction": (41, 42, 43),
    "retail_wholesale": (45, 46, 47),
    "transport_logistics": (49, 50, 51, 52, 53),
    "hospitality_tourism": (55, 56, 79),
    "media_marketing": (58, 59, 60, 73),
    "telecom": (61,),
    "software_it": (62, 63),
    "finance_insurance": (64, 65, 66),
    "real_estate": (68,),
    "professional_services": (69, 70, 71, 72, 74, 75),
    "business_support": (77, 78, 80, 81, 82),
    "public_sector": (84, 99),
    "education": (85,),
    "health": (86, 87, 88),
    "leisure_nonprofit": (90, 91, 92, 93, 94, 95, 96, 97, 98),
}
"""Sector to its divisions of NACE Rev. 2; publishing of software (58.2) goes with the media."""

SECTIONS = {
    "a": "agriculture", "b": "energy_utilities", "c": "manufacturing", "d": "energy_utilities",
    "e": "energy_utilities", "f": "construction", "g": "retail_wholesale",
    "h": "transport_logistics", "i": "hospitality_tourism", "j": "software_it",
    "k": "finance_insurance", "l": "real_estate", "m": "professional_services",
    "n": "business_support", "o": "public_sector", "p": "education", "q": "health",
    "r": "leisure_nonprofit", "s": "leisure_nonprofit", "t": "leisure_nonprofit",
    "u": "public_sector",
}  # fmt: skip
"""Section of NACE Rev. 2 to sector, where only the letter is known (J: most of it is software)."""

WORDS = {
    "": "social network(s), school supplies, food science, industrie du futur, real-time",
    "agriculture": """
        agricultur*, agricole(s), farming, farm(s), ranching, dairy farm*, viticulture,
        viticole(s), elevage, livestock, foresterie, forestier, forestiere(s), forestry,
        sylviculture, fishery, fisheries, fishing, peche, aquaculture, horticulture, maraichage,
        agritech, agtech
    """,
    "energy_utilities": """
        energ*, utilities, utility, oil, oil and gas, oil & gas, petrol*, petroleum, gas, gaz,
        electricite, electricity, electric power, renewable(s), renouvelable(s), solaire, solar,
        eolien(ne), wind power, nucleaire, nuclear, mining, mines, mine, metals and mining,
        mining & metals, extraction, carriere(s), eau, water, eau et assainissement,
        assainissement, dechets, waste, waste management, recyclage, recycling, environnement,
        environmental services, environmental, traitement des eaux, cleantech
    """,
    "chemicals_pharma": """
        chemical(s), chimie, chimique(s), chemistry, pharma*, industrie pharmaceutique, biotech*,
        medicament(s), life science(s), sciences de la vie, laboratoire(s) pharmaceutique(s),
        petrochimie, petrochemical(s), cosmeti*, parfumerie
    """,
    "manufacturing": """
        manufactur*, fabrication, automobile, automotive, constructeur(s) automobile(s), aerospace,
        aeronauti*, aviation & aerospace, aviation and aerospace, defense and space,
        defense & space, defence, spatial, machinery, machine(s)-outils, mecanique, metallurg*,
        siderurgie, steel, metal(s), electronics, electronique, consumer electronics,
        semiconductor(s), semi-conducteur(s), electrical equipment, equipement(s) electrique(s),
        plasturgie, plastics, plastique(s), packaging, emballage(s), textile(s), apparel,
        apparel & fashion, habillement, mode, fashion, luxe, luxury, furniture, ameublement,
        meuble(s), paper, papier, agroalimentaire, agro-alimentaire, industrie agroalimentaire,
        food production, food processing, food and beverage(s), food & beverage(s), beverage(s),
        boissons, vins et spiritueux, wine and spirits, wine & spirits, consumer goods,
        biens de consommation, medical device(s), dispositifs medicaux, shipbuilding,
        construction navale, industrial automation, automation, robotics, robotique, glass, verre,
        ceramics, jouets, toys, sporting goods, artisanat, printing, imprimerie, horlogerie,
        tobacco, building materials, materiaux de construction
    """,
    "construction": """
        construction, btp, batiment, building, civil engineering, genie civil, travaux,
        travaux publics, architecture, architecture & planning, second oeuvre, gros oeuvre,
        plomberie, maconnerie, infrastructure
    """,
    "retail_wholesale": """
        retail, commerce, commerce de detail, commerce de gros, wholesale, distribution,
        grande distribution, e-commerce, supermarket(s), supermarche(s), hypermarche(s), negoce,
        grossiste(s), trading company, import export, import and export, franchise,
        vente a distance, vente au detail, magasin(s), boutique(s), shop(s), store(s), car dealer*,
        concession automobile, concessionnaire(s), pharmacie d'officine, drugstore, merchandise
    """,
    "transport_logistics": """
        transport*, logisti*, supply chain, freight, fret, shipping, trucking, package delivery,
        livraison, messagerie, warehousing, entreposage, airline(s), aviation,
        compagnie(s) aerienne(s), maritime, railway(s), rail, ferroviaire, courier, demenagement,
        mobility, mobilite, postal, poste, port, airport(s), aeroport(s)
    """,
    "hospitality_tourism": """
        hospitality, hotel(s), hotellerie, hotellerie restauration, restauration, restaurant(s),
        tourism*, touris*, travel, leisure travel, leisure travel & tourism, leisure and tourism,
        voyage(s), agence de voyage(s), catering, traiteur, food service(s), camping(s), cafe(s),
        bar(s), evenementiel, events services, event management
    """,
    "media_marketing": """
        media, medias, advertising, publicite, marketing, marketing and advertising,
        marketing & advertising, public relations, relations publiques, communication(s),
        publishing, edition, presse, newspaper(s), broadcast*, television, radio, film(s),
        motion picture(s), cinema, audiovisuel(le), music, musique, agence de communication,
        agence web, market research, etudes de marche, graphic design, design, online media,
        animation studio, photography
    """,
    "telecom": """
        telecom*, telecommunication(s), wireless, operateur(s) telecom, mobile operator,
        fibre optique, satellite(s)
    """,
    "software_it": """
        software, logiciel(s), editeur(s) de logiciel(s), edition de logiciels,
        publishing of software, computer software, saas, information technology,
        information technologies, technologies de l'information, it, it services, tech, technology,
        technologies, computer*, informatique, services informatiques, conseil informatique,
        conseil en systemes*, programmation informatique, computer programming,
        computer & network security, cyber*, cloud, internet, data, big data,
        intelligence artificielle, artificial intelligence, ia, ai, esn, ssii, digital,
        numerique(s), web development, developpement web, video game(s), jeux video,
        computer games, hosting, hebergement de donnees, information services, high-tech,
        computer hardware, computer networking
    """,
    "finance_insurance": """
        bank*, banque(s), bancaire(s), retail banking, financ*, financial services,
        services financiers, insurance, assurance(s), mutuelle(s), insurtech, fintech,
        investment(s), investment banking, investment management, capital markets,
        asset management, gestion d'actifs, gestion de patrimoine, private equity, venture capital,
        venture capital & private equity, capital-risque, capital investissement, credit, leasing,
        credit-bail, courtage, reassurance, holding, holdings, activites des societes holding,
        credit union, wealth management, bourse
    """,
    "real_estate": """
        real estate, immobilier, immobiliere, agence(s) immobiliere(s), promotion immobiliere,
        foncier, fonciere, property, property management, gestion locative, bailleur(s), syndic,
        logement social, housing, logement(s)
    """,
    "professional_services": """
        professional services, services professionnels, consulting, management consulting, conseil,
        conseil en management, conseil en strategie, conseil aux entreprises, cabinet de conseil,
        accounting, comptabilite, expertise-comptable, audit, legal, legal services, law practice,
        law firm, law, juridique, cabinet d'avocats, avocat(s), notaire(s), droit, engineering,
        engineering services, ingenierie, bureau d'etudes, architects, architectes, research,
        recherche, recherche et developpement, r&d, research and development, think tank(s),
        scientific research, veterinary, veterinaire, translation, traduction, design industriel,
        geometre(s), testing laboratories, profession(s) liberale(s)
    """,
    "business_support": """
        staffing, staffing and recruiting, staffing & recruiting, recruiting, recruitment,
        recrutement, human resources, ressources humaines, interim, travail temporaire,
        outsourcing, outsourcing/offshoring, externalisation, facilities services,
        facility management, nettoyage, cleaning, proprete, security and investigations,
        security & investigations, securite privee, private security, gardiennage, call center(s),
        centre(s) d'appel(s), location de materiel, rental, office services,
        services aux entreprises, business services, business support, services administratifs,
        administrative services, proprete et services, conciergerie,
        business supplies and equipment
    """,
    "public_sector": """
        public sector, secteur public, public, government, gouvernement, government administration,
        administration, administration publique, public administration, collectivite(s),
        collectivite(s) territoriale(s), collectivite(s) locale(s), mairie(s), commune(s),
        conseil regional, conseil departemental, conseil general, ministere(s), ministry,
        municipal*, local authority, local government, council, fonction publique, public safety,
        public policy, armee, military, police, justice, international affairs, judiciary,
        organisme public, etablissement public, service public, services publics, securite sociale,
        federal government
    """,
    "education": """
        education, education management, enseignement, enseignement superieur, higher education,
        school(s), ecole(s), universit*, college(s), primary/secondary education, e-learning,
        elearning, formation, formation professionnelle, training,
        professional training & coaching, professional training and coaching, academic, edtech,
        lycee(s), ecole de commerce, business school, apprentissage, cfa
    """,
    "health": """
        health*, health care, hospital & health care, hospitals and health care, sante, medical,
        medical practice, hospital(s), hopital, hopitaux, clinique(s), clinic(s), soins,
        etablissement(s) de sante, ehpad, medico-social, action sociale, social care, social work,
        aide a domicile, individual & family services, mental health care, medtech, healthtech,
        pharmacie, dental, dentaire, aide sociale, creche(s), senior care, biologie medicale
    """,
    "leisure_nonprofit": """
        sport(s), leisure, loisir(s), recreation*, entertainment, arts, art, performing arts,
        culture, culturel(le), musee(s), museum(s), museums and institutions, non-profit,
        nonprofit organization management, not for profit, ngo, ong, association(s), associatif,
        fondation(s), foundation(s), charity, charities, philanthropy, religious institutions,
        church, religion, syndicat(s), fitness, health wellness and fitness, wellness and fitness,
        bien-etre, wellness, beauty salon, coiffure, services a la personne, personal services,
        consumer services, gambling, gambling & casinos, casino(s), civic & social organization,
        spectacle(s), economie sociale et solidaire, reparation, repair
    """,
}
"""Sector to its words; of several sectors in one text the one named first counts."""

WEAK_WORDS = {
    "manufacturing": "industr*, usine(s), factory, production, equipment, equipementier(s), materials",
    "transport_logistics": "delivery",
    "business_support": "services, service, security, securite",
    "retail_wholesale": "vente(s), sales, wholesale trade",
}
"""Words that name a sector only where a text has no word of `WORDS`."""
