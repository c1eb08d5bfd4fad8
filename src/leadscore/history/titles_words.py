"""The words behind seniority, function and role: for the desk to read.

The notation is `lexicon.Lexicon`'s. To teach a title, add a word and a row of tests/spec/titles.csv.
"""

from __future__ import annotations

NOTHING = """
    n a, na, n/a, none, null, nan, nil, aucun(e), neant, non renseigne(e), non precise(e), inconnu(e),
    unknown, not provided, not specified, not available, sans objet, tbd, undefined, a completer
"""
"""Whole texts that stand for an empty cell."""

LEVELS = {
    "": """
        student affairs, student service(s), student success, student life, student experience,
        student recruitment, student admission(s), student support, student engagement,
        student housing, student relation(s), student loan(s), vie etudiante, relations ecoles,
        partner marketing, partner sales, partner network, partner success, partner program(s),
        partner relation(s), partner development, partner account, partner enablement,
        volunteer manager, volunteer coordinator, volunteer services, volunteer program*,
        volunteer engagement, owner relation(s), president's office, executive search,
        head office
    """,
    "other": """
        retraite(e), retired, retiree, pensioner, en retraite, a la retraite, demandeur d'emploi,
        demandeuse d'emploi, en recherche d*, recherche d'emploi, recherche active,
        recherche un poste, a la recherche d*, a l'ecoute d*, job-seeker, looking for, seeking,
        open to work, open to opportunities, open to new, unemployed, sans emploi,
        sans profession, chomage, chomeur, chomeuse, between jobs, in transition,
        en reconversion, inactif, inactive, ^former ..., ^formerly ..., ^ex ..., ^ancien(ne) ...,
        mere au foyer, pere au foyer, homemaker, housewife, stay at home *, benevole, volunteer,
        ^particulier, private individual
    """,
    "student": """
        etudiant(e), student, stagiaire, alternant(e), en alternance, ^alternance, apprenti(e),
        apprentice, apprenticeship, intern, internship, trainee, lyceen(ne), collegien(ne),
        doctorant(e), phd candidate, phd student, mba candidate, undergraduate, eleve, ecolier,
        etudes en cours, en stage, ^stage
    """,
    "assistant": """
        assistant(e), assistant(e) de ..., assistant(e) du ..., assistant(e) des ...,
        assistant(e) to ..., assistant of ..., assistant(e) d'*, assistant(e) a ...,
        assistant(e) aupres ..., pa to ..., ea to ..., secretaire, secretaire de ...,
        secretaire du ..., secretary, secretary to ..., executive assistant, personal assistant,
        management assistant, office assistant, office manager, executive manager assistant,
        receptionist, receptionniste, standardiste, clerk, agent(e) d'accueil,
        charge(e) d'accueil, ^accueil, hotesse, hote d'accueil, ^admin, admin assistant,
        admin officer, adjoint(e) administrati*, agent administrati*, employe(e) administrati*,
        dactylo, typist
    """,
    "c_level": """
        ceo, cfo, coo, cto, cio, cmo, cro, cpo, cso, cdo, cco, chro, ciso, cxo, caio, chief, pdg,
        president directeur general, presidente directrice generale, dg, dgs, dgd, president(e),
        chairman, chairwoman, chairperson, chair, directeur general, directrice general(e),
        dir(.) gen(.), dir(.) general, ^direction generale, managing director, managing partner,
        founding partner, partner, gerant(e), co-gerant(e), founder, co-founder, fondateur,
        fondatrice, co-fondateur, co-fondatrice, owner, co-owner, proprietaire, dirigeant(e),
        chef d'entreprise, cheffe d'entreprise, patron(ne), entrepreneur(e), entrepreneuse,
        co-president(e), mandataire social, associe(e), co-associe(e), maire, mayor, artisan(e),
        commercant(e), agriculteur, agricultrice, exploitant(e) agricole, general secretary
    """,
    "director": """
        directeur, directrice, director, ^direction, membre de la direction,
        membre du directoire, dir, head, delegue(e) general(e), global head, drh, dsi, dsin, daf,
        dircom, dga, codir, comex, comite de direction, comite executif, executive board,
        board member, member of the board, board of directors, executive director,
        non-executive director, administrateur de societe*, administratrice de societe*,
        administrateur independant, directeur general adjoint, directrice general(e) adjoint(e),
        directeur general delegue adjoint, adjoint(e) au directeur general,
        adjoint(e) a la directrice generale, maire adjoint(e), adjoint(e) au maire, deputy ceo,
        deputy chief * officer, deputy managing director, deputy mayor, vice president(e), vp,
        svp, evp, avp, rvp, gvp, chief of staff, chef de cabinet, cheffe de cabinet,
        directeur de cabinet, secretaire general(e), secretaire general(e) adjoint(e),
        secretary general, company secretary, corporate secretary, general counsel,
        general manager, country manager, doyen(ne), dean, proviseur(e), principal(e) de college,
        principal adjoint, school principal, headmaster, headmistress, head teacher,
        superintendent, adjoint(e) de direction, assistant director, assistant * director,
        assistant vice president
    """,
    "manager": """
        manager, managers, manageuse, mgr, responsable, resp, chef, cheffe, superviseur(e),
        superviseuse, supervisor, lead, leader, team-lead, team-leader, cadre, foreman,
        forewoman, contremaitre(sse), agent de maitrise, conducteur de travaux,
        conductrice de travaux, rssi, raf, rrh, rh manager, daf adjoint, pmo, department chair,
        controller, financial controller, chief engineer, chief accountant, chief architect,
        chief editor, chief buyer, editor in chief, redacteur en chef, redactrice en chef,
        en chef, gerant(e) de magasin, gerant(e) de boutique, gerant(e) d'agence,
        gerant(e) de restaurant, gerant(e) de point de vente, assistant manager,
        assistant * manager, deputy manager, deputy head, head chef, head nurse, head cashier,
        head waiter, sous-directeur, sous-directrice, coordonnateur general, maitre d'oeuvre,
        maitre d'ouvrage, gerant(e) de restauration, gerant(e) d'hotel, gerant(e) de station
    """,
    "specialist": """
        account manager, key account manager, national account manager, global account manager,
        account executive, key account executive, kam, community manager,
        customer success manager, traffic manager, case manager, partner manager,
        channel partner manager, customer success, product owner, process owner, data owner,
        system owner, service owner, business partner, scrum master, lead generation, lead gen,
        head-hunter, art director, directeur artistique, directrice artistique,
        assistant professor, assistant teacher, auto-entrepreneur(e), auto-entrepreneuse,
        micro-entrepreneur(e), micro-entrepreneuse, freelance, freelancer, independant(e),
        independent, self-employed, sole trader, contractor, profession liberale, specialiste,
        specialist, charge(e), executive, analyste, analyst, consultant(e), engineer,
        ingenieur(e), ing, developer, dev, developpeur, developpeuse, programmer, programmeur,
        technicien(ne), technician, representative, representant(e), rep, commercial(e),
        commerciaux, attache(e), vendeur, vendeuse, salesperson, salesman, saleswoman, sales,
        comptable, accountant, aide-comptable, bookkeeper, expert-comptable, tresorier,
        tresoriere, treasurer, auditeur, auditrice, auditor, actuary, actuaire, economist,
        economiste, designer, graphiste, illustrat*, infographiste, copywriter, writer,
        concepteur, conceptrice, conseil, conseiller, conseillere, advisor, adviser,
        teleconseiller, teleconseillere, televendeur, televendeuse, teleprospect*, acheteur,
        acheteuse, buyer, purchaser, approvisionneur, approvisionneuse, planner, planificat*,
        coordinator, coordinateur, coordinatrice, coordonnateur, coordonnatrice, administrator,
        administrateur, administratrice, sysadmin, webmaster, sdr, bdr, officer, expert(e),
        architect, architecte, redacteur, redactrice, editor, editeur, journaliste, journalist,
        reporter, teacher, enseignant(e), enseignant(e)-chercheur, enseignante-chercheuse,
        professeur(e), professor, prof, maitre de conferences, maitresse de conferences,
        lecturer, instructor, instituteur, institutrice, tutor, educateur, educatrice, formateur,
        formatrice, trainer, coach, gestionnaire, agent(e), employe(e), salarie(e),
        fonctionnaire, civil servant, recruiter, recruteur, recruteuse, generalist, generaliste,
        scientist, researcher, research fellow, chercheur, chercheuse, postdoc, associate,
        controleur, controleuse, controleur de gestion, controleuse de gestion, animateur,
        animatrice, delegue(e), mediateur, mediatrice, inspecteur, inspectrice, inspector,
        surveyor, geometre, avocat(e), lawyer, attorney, solicitor, barrister, counsel, juriste,
        paralegal, notaire, clerc de notaire, dpo, medecin, docteur, doctor, physician, surgeon,
        chirurgien(ne), dentist, dentiste, pharmacien(ne), pharmacist, infirmier, infirmiere,
        nurse, aide-soignant(e), therapist, kinesitherapeute, psychologue, psychologist,
        veterinaire, opticien(ne), preparateur, preparatrice, laborantin(e), magasinier,
        magasiniere, cariste, chauffeur, driver, livreur, livreuse, logisticien(ne), operateur,
        operatrice, operator, ouvrier, ouvriere, worker, monteur, monteuse, mecanicien(ne),
        mechanic, electricien(ne), electrician, plombier, plumber, menuisier, soudeur, soudeuse,
        welder, machinist, technico-commercial(e), business developer, assistant(e) social(e),
        assistant(e) maternel(le), cuisinier, cuisiniere, cook, serveur, serveuse, waiter,
        waitress, caissier, caissiere, cashier, photographe, photographer, videaste, traducteur,
        traductrice, translator, interprete, interpreter, bibliothecaire, librarian, pilote,
        pilot, militaire, policier, pompier, adjoint(e), collaborateur, collaboratrice, courtier,
        courtiere, broker, trader, negociateur, negociatrice, merchandiser, integrateur, testeur,
        testeuse, tester, dessinateur, dessinatrice, projeteur, projeteuse, metreur,
        statistician, statisticien(ne), biologist, biologiste, chemist, chimiste, documentaliste,
        document control*, principal, fiscaliste, informaticien(ne), commissaire,
        commissaire aux comptes, conducteur, conductrice, modeler, modelisateur, investor,
        estimator, installer, installateur, installatrice, handler, assessor, member, staff,
        labourer, laborer, cleaner, packer, assistant * advisor, assistant accountant,
        assistant buyer, assistant editor, assistant engineer, assistant lecturer, producer,
        producteur, productrice, realisateur, realisatrice, influenceur, influenceuse, influencer
    """,
}
"""Level to its words. Of several levels in one title the first of this order counts."""

FUNCTIONS = {
    "": """
        data entry, document control*, assistant(e) to ..., pa to ..., secretary to ...,
        en recherche *, recherche d'emploi, a la recherche *, recherche active,
        recherche un poste, vie etudiante, assistant(e) social(e)
    """,
    "sales": """
        sales, commercial(e), commerciaux, commerciales, vente, ventes, vendeur, vendeuse,
        revenue, cro, cco, bizdev, biz dev, kam, sdr, bdr, business develop*, account manager,
        account executive, account director, key account(s), grands comptes, comptes cles,
        clientele, client(s), customer, customers, presales, pre-sales, avant-vente, export,
        technico-commercial(e), charge(e) d'affaires, ingenieur(e) d'affaires,
        responsable d'affaires, directeur d'affaires, e-commerce, ecommerce, retail, magasin,
        magasins, boutique, store, rayon, point de vente, merchandis*, partenariat(s),
        partnership(s), partner manager, channel, alliances, teleconseiller, teleconseillere,
        televendeur, televendeuse, televente, teleprospect*, call center, call-centre,
        centre d'appel(s), chef de secteur, cheffe de secteur, delegue(e) medical(e),
        agent immobilier, agente immobiliere, negociateur immobilier, negociatrice immobiliere,
        real estate agent, courtier, broker, caissier, caissiere, cashier, area manager,
        inside sales, animateur des ventes, territory manager
    """,
    "marketing": """
        marketing, cmo, communication(s), dir(.) com, resp(.) com, responsable com,
        charge(e) de com, dircom, brand, marque, marques, growth, seo, sea, sem, content,
        contenu(s), crm, acquisition, demand generation, lead generation, lead gen,
        community manager, evenementiel, event(s), digital, traffic manager, social media,
        reseaux sociaux, public relations, relations publiques, relations presse,
        attache(e) de presse, presse, pr officer, pr manager, media, graphiste, graphic designer,
        infographiste, art director, directeur artistique, directrice artistique, creative,
        creatif, creative director, redacteur, redactrice, copywriter, writer, editor, editeur,
        editorial(e), publicite, advertising, ads, influenceur, influenceuse, influencer,
        videaste, campaign(s), campagne(s), multimedia, referencement, creation, publicitaire(s),
        graphic, graphique, digital messaging, affaires publiques, public affairs, webmarketing,
        e-marketing
    """,
    "it": """
        it, informatique(s), dsi, dsin, cto, cio, ciso, rssi, cdo, chief digital,
        digital transformation, transformation digitale, transformation numerique, developer,
        developpeur, developpeuse, dev, programmer, programmeur, programmeuse, software,
        logiciel(s), systeme(s), systems, system, si, moa, moe, amoa, data, donnees, devops,
        devsec*, qa, informaticien(ne), technology, technologies, technologie(s), tech, web,
        webmaster, cyber*, information security, securite informatique, infrastructure(s),
        numerique, reseau, reseaux, network(s), cloud, sap, erp, salesforce, sysadmin,
        information, back-end, front-end, full-stack, enterprise architect,
        solution(s) architect, architecte solution(s), architecte d'entreprise, scrum master,
        helpdesk, help desk, bi, ia, ai, machine learning, java, python, php, dba, database
    """,
    "finance": """
        finance(s), financial, financi*, cfo, daf, raf, comptable, comptables, comptabilite,
        aide-comptable, expert-comptable, accountant, accounting, accounts payable,
        accounts receivable, bookkeeper, controller, controleur de gestion,
        controleuse de gestion, controle de gestion, tresorier, tresoriere, tresorerie,
        treasurer, treasury, audit*, tax, fiscal, fiscaliste, fiscalite, credit, consolidation,
        investor relations, actuary, actuaire, facturation, billing, recouvrement, investment(s),
        investissement(s), trader, banking, commissaire aux comptes, mortgage, portfolio,
        portefeuille, patrimoine, wealth, fund(s), fusion(s), fusion-acquisition*, m&a, fp&a,
        middle-office, back-office, underwrit*, credit risk, assurance(s), insurance, loan(s),
        investor, actuarial, budget, budgets, costing, procure to pay
    """,
    "hr": """
        hr, rh, drh, rrh, chro, ressources humaines, human resources, people, talent(s), recrut*,
        recruit*, paie, payroll, formation, training, learning, compensation, remuneration,
        personnel, head-hunter, student recruitment, relations sociales, gpec, marque employeur,
        employer branding, human capital, capital humain, grh, employee experience,
        experience collaborateur*, qvt, qvct, benefits, staffing
    """,
    "operations": """
        operation(s), operationnel(le), exploitation, coo, logisti*, supply, supply chain, achat,
        achats, acheteur, acheteuse, procurement, purchas*, buyer, sourcing, approvisionn*,
        production, qualite, quality, manufacturing, industriel(le)(s), usine, plant, factory,
        maintenance, warehouse, entrepot, hse, qhse, qse, ehs, atelier, chantier, chantiers,
        travaux, contremaitre(sse), foreman, chef de site, responsable de site,
        directeur de site, directrice de site, site manager, site director, methodes, facility,
        facilities, services generaux, moyens generaux, agent de securite, agent de surete,
        transportation, fulfillment, ouvrier, ouvriere, cariste, magasinier, magasiniere,
        chauffeur, driver, livreur, livreuse, transport(s), fleet, conducteur de travaux,
        conductrice de travaux, planner, lean, process, operateur, operatrice, operator, monteur,
        monteuse, soudeur, welder, machinist, inventory, shipping
    """,
    "product": """
        product, digital product, produit, produits, r&d, r & d, recherche,
        recherche et developpement, research, innovation, bureau d'etudes, cpo, ux, ui, ux/ui,
        chercheur, chercheuse, researcher, scientist, scientifique, research and development,
        product owner, chef de produit, cheffe de produit, dessinateur, dessinatrice, projeteur,
        projeteuse, laborantin(e), laboratoire, laboratory, postdoc, biologist, biologiste,
        chemist, chimiste
    """,
    "legal": """
        legal, juridique, juridiques, juriste, clo, avocat(e), lawyer, attorney, solicitor,
        barrister, counsel, paralegal, notaire, notary, clerc de notaire, dpo, data protection,
        compliance, conformite, rgpd, gdpr, contentieux, litigation, affaires juridiques,
        affaires reglementaires, regulatory, reglementaire*, protection des donnees, brevet(s),
        patent(s), chief legal, contract manager, propriete intellectuelle, intellectual property
    """,
    "education": """
        professeur(e), professor, prof, teacher, enseignant(e), enseignante-chercheuse,
        enseignement, teaching, maitre de conferences, maitresse de conferences, lecturer,
        instructor, instituteur, institutrice, tutor, formateur, formatrice, trainer,
        pedagogique, pedagogie, dean, doyen(ne), proviseur(e), principal(e) de college,
        principal adjoint, school principal, headmaster, headmistress, directeur d'ecole,
        directrice d'ecole, educateur, educatrice, education, academic, curriculum, faculty
    """,
}
"""Function to its words. Of several functions in one title the one named first counts."""

WEAK_FUNCTIONS = {
    "product": "engineer, engineering, ingenieur(e), ingenierie, designer, design, concepteur, conceptrice",
    "it": """
        technique(s), technical, support, security, securite, technicien(ne) support,
        architecte logiciel, infogerance
    """,
    "sales": "developpement",
    "finance": "risk(s), risques",
    "other": "projet*, project*, programme*, program, programs, pmo, mission(s), etudes",
    "general_management": """
        general manager, country manager, dga, deputy ceo, board, board member,
        member of the board, comex, codir, comite de direction, comite executif
    """,
}
"""Words that name a function only where a title has no word of `FUNCTIONS`."""

ROLES = {
    "decision_maker": ("c_level", "director"),
    "influencer": ("manager",),
    "user": ("specialist", "assistant"),
    "student": ("student",),
    "other": ("other",),
    "missing": ("missing",),
}
"""Buying role to the levels it holds; `competitor` comes from the lists of the settings."""
