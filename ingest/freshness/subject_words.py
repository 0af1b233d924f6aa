"""The words that say what a claim is about: what narrows it down, and what is the same."""

from collections.abc import Mapping

QUALIFIERS: Mapping[str, str] = {
    word: name
    for words, name in (
        ("standard", "standard"),
        ("express expédition-express next-day overnight", "express"),
        ("premium plus gold platinum", "premium"),
        ("basic starter essentials", "basic"),
        ("pro professional", "pro"),
        (
            "business company companies organisation organisations firmen entreprises empresas",
            "business",
        ),
        ("enterprise", "enterprise"),
        ("trial testphase probe essai prueba prova", "trial"),
        (
            "student students studierende studenten étudiant étudiants estudiante studenti",
            "student",
        ),
        ("adult adults erwachsene adulte adultes adulto adultos adulti", "adult"),
        ("child children kind kinder kindern enfant enfants niño niños bambini", "child"),
        ("senior seniors pensioner", "senior"),
        ("abroad international ausland étranger extranjero estero", "abroad"),
        ("domestic inland", "domestic"),
        ("monogram monogramm monogramme", "monogram"),
        ("trade retailer retailers partner partners wholesale händler revendeur", "trade"),
        (
            "repair repairs repaired reparatur réparation réparations reparación riparazione",
            "repair",
        ),
        ("warranty guarantee garantie garantía garanzia", "warranty"),
        ("faulty defective defekt défectueux defectuoso difettoso", "faulty"),
        ("sale reduced outlet ausverkauf soldes rebajas saldi", "sale"),
        ("pre-order pre-orders vorbestellung précommande", "pre-order"),
        ("saturday saturdays samstag samedi sábado sabato", "saturday"),
        ("sunday sundays sonntag dimanche domingo domenica", "sunday"),
        ("monday mondays montag lundi lunes lunedì", "monday"),
        ("friday fridays freitag vendredi viernes venerdì", "friday"),
        ("weekend weekends wochenende week-end", "weekend"),
        ("christmas weihnachten noël navidad natale", "christmas"),
        ("android", "android"),
        ("ios iphone ipad", "ios"),
        ("windows", "windows"),
        ("macos mac", "mac"),
        ("linux", "linux"),
        ("uk britain kingdom großbritannien royaume-uni", "gb"),
        ("ireland irland irlande irlanda", "ie"),
        ("france frankreich francia", "fr"),
        ("germany deutschland allemagne alemania germania", "de"),
        ("austria österreich autriche", "at"),
        ("switzerland schweiz suisse suiza svizzera", "ch"),
        ("spain spanien espagne españa spagna", "es"),
        ("italy italien italie italia", "it"),
        ("norway norwegen norvège noruega norvegia", "no"),
        ("china chine cina hubei", "cn"),
        ("japan japon japón giappone", "jp"),
        ("usa states vereinigte-staaten états-unis", "us"),
        ("canada kanada", "ca"),
        ("europe european europa europäische européenne europea", "eu"),
        ("first erste ersten premier première primera primo", "first"),
        ("additional extra further weitere zusätzliche supplémentaire adicional", "additional"),
        ("minimum mindest", "minimum"),
        ("maximum höchst", "maximum"),
        ("average durchschnittlich moyenne media", "average"),
        ("large gross größe grand grande", "large"),
        ("small kleine petit pequeño piccolo", "small"),
        ("monthly monatlich mensuel mensual mensile", "monthly"),
        ("yearly annual annually jährlich annuel anual annuale", "yearly"),
        ("after après después dopo", "after"),
        ("before avant antes prima", "before"),
    )
    for word in words.split()
}
"""What narrows a claim down: of two claims with other ones, both may hold."""

SAME: Mapping[str, str] = {
    word: name
    for words, name in (
        (
            (
                "return returns returned returning zurücksenden zurückgeben rückgabe retourner"
                " retour devolver devolución reso restituire"
            ),
            "return",
        ),
        (
            (
                "deliver delivers delivered delivery reached arrival arrive arrives arrived"
                " lieferung geliefert livraison livré recibido entrega consegna"
            ),
            "deliver",
        ),
        (
            (
                "valid expire expires expired lasts gültig gilt abläuft valable expire expirent"
                " válido vence valido scade"
            ),
            "valid",
        ),
        (
            (
                "refund refunds refunded erstattung erstattet rückerstattung remboursement"
                " rembourser reembolso rimborso"
            ),
            "refund",
        ),
        (
            (
                "cost costs costing price priced fee charge charged kostet kosten preis gebühr"
                " coûte prix frais cuesta precio costa prezzo"
            ),
            "cost",
        ),
        (
            (
                "cancel cancels cancelled canceled cancellation stornieren storno kündigen"
                " annuler annulation cancelar cancelación annullare"
            ),
            "cancel",
        ),
        ("abstand mindestabstand abstandhalten abstands", "abstand"),
        (
            "employees staff employee mitarbeiter beschäftigte employés empleados dipendenti",
            "staff",
        ),
        ("warranty guarantee guaranteed garantie garantía garanzia", "warranty"),
        (
            (
                "buy bought purchase purchased kauf gekauft kaufen achat acheté compra comprado"
                " acquisto"
            ),
            "buy",
        ),
        (
            (
                "keep kept store stored retain retained aufbewahrt gespeichert conservé"
                " conservées guardado conservati"
            ),
            "keep",
        ),
        ("open opens opening geöffnet öffnet ouvert ouvre abierto abre aperto apre", "open"),
        (
            "close closes closing geschlossen schließt fermé ferme cerrado cierra chiuso chiude",
            "close",
        ),
    )
    for word in words.split()
}
"""Words for the same, by one name."""

TOPICS = frozenset(SAME.values())
"""What customers ask about everywhere."""
