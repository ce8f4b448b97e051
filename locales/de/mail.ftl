# E-Mails und SMS auf Deutsch.
#
# Eine E-Mail der Art `new_device` besteht aus `mail-new-device-subject`, `-preheader`, `-headline` und `-body` und, wo es
# sie gibt, `-action` (die Schaltfläche) und `-help` („Das waren Sie nicht?“). Eine leere Zeile beginnt einen Absatz.

## Teile jeder E-Mail

mail-greeting = Guten Tag { $name },
mail-greeting-anonymous = Guten Tag,
mail-not-you = Das waren Sie nicht?
mail-link-note = Der Link funktioniert einmal, innerhalb von { $expires-in }.
mail-support = Hilfe: { $support }
mail-terms = Nutzungsbedingungen
mail-privacy = Datenschutz

mail-why-account = { $product } schickt diese E-Mail an die Adresse Ihres Kontos, weil es um die Sicherheit dieses Kontos geht. Antworten werden nicht gelesen.
mail-why-requested = { $product } schickt diese E-Mail, weil jemand diese Adresse eingegeben hat. Antworten werden nicht gelesen.
mail-why-invited = { $product } schickt diese E-Mail, weil die Verwaltung von { $product } diese Adresse eingegeben hat. Antworten werden nicht gelesen.
mail-why-former = { $product } schickt diese E-Mail, weil ein Konto bisher diese Adresse verwendet hat. Antworten werden nicht gelesen.

mail-label-time = Zeit
mail-label-device = Gerät
mail-label-place = Ort
mail-label-network = Netzwerk
mail-label-new-address = Neue Adresse
mail-label-factor = Methode
mail-label-code = Code
mail-label-provider = Anbieter
mail-label-codes-left = Übrige Codes
mail-label-erase-at = Löschung am
mail-label-usable-at = Anmelden ab
mail-label-invited-by = Eingeladen von
mail-label-role = Ihre Rolle

## Hilfe, die mehrere E-Mails anbieten

mail-help-secure-account = Sichern Sie jetzt Ihr Konto. Dabei werden alle Geräte abgemeldet, und Sie wählen ein neues Passwort.
mail-help-secure-account-action = Mein Konto sichern
mail-help-reset-password = Setzen Sie jetzt Ihr Passwort zurück. Dabei werden alle Geräte abgemeldet.
mail-help-reset-password-action = Mein Passwort zurücksetzen
mail-help-end-session = Beenden Sie diese Sitzung jetzt. Auf derselben Seite können Sie das ganze Konto sichern.
mail-help-end-session-action = Sitzung beenden
mail-help-contact-support = Wenden Sie sich sofort an den Support von { $product }.

## Angaben in Worten

mail-device = { $browser } unter { $os }
mail-place = { $city }, { $country }
mail-unknown-device = unbekannt
mail-unknown-place = unbekannt
mail-factor-totp = Authenticator-App
mail-factor-backup-code = Ersatzcode
mail-factor-sms = Codes per SMS
mail-factor-webauthn = Passkey
mail-role-support = Support
mail-role-admin = Administration
mail-administrator = die Verwaltung

mail-moment = { $day }. { $month } { $year }, { $hour }:{ $minute } Uhr ({ $zone })
mail-month-1 = Januar
mail-month-2 = Februar
mail-month-3 = März
mail-month-4 = April
mail-month-5 = Mai
mail-month-6 = Juni
mail-month-7 = Juli
mail-month-8 = August
mail-month-9 = September
mail-month-10 = Oktober
mail-month-11 = November
mail-month-12 = Dezember

# Die Dauer steht überall im Dativ: „innerhalb von 7 Tagen“, „in einer Stunde“.
mail-days = { $count ->
    [one] einem Tag
   *[other] { $count } Tagen
}
mail-hours = { $count ->
    [one] einer Stunde
   *[other] { $count } Stunden
}
mail-minutes = { $count ->
    [one] einer Minute
   *[other] { $count } Minuten
}
mail-seconds = { $count ->
    [one] einer Sekunde
   *[other] { $count } Sekunden
}

## Links, um die jemand gebeten hat

mail-verify-email-subject = { $product }: Adresse bestätigen
mail-verify-email-preheader = Nur noch ein Schritt zu Ihrem Konto. Der Link läuft in { $expires-in } ab.
mail-verify-email-headline = Bestätigen Sie Ihre E-Mail-Adresse
mail-verify-email-body = mit dieser Adresse wurde ein Konto bei { $product } eröffnet. Bestätigen Sie, dass sie Ihnen gehört, um das Konto zu nutzen. Sie werden dabei nach dem Passwort gefragt, das für das Konto gewählt wurde.
mail-verify-email-action = Adresse bestätigen
mail-verify-email-help = Dann brauchen Sie nichts zu tun: Ohne den Link kann niemand das Konto nutzen. Wenn Sie selbst ein Konto möchten, öffnen Sie den Link und wählen Sie ein Passwort, das nur Sie kennen.

mail-address-taken-subject = { $product }: Sie haben schon ein Konto
mail-address-taken-preheader = Melden Sie sich wie gewohnt an, oder wählen Sie ein neues Passwort.
mail-address-taken-headline = Sie haben schon ein Konto
mail-address-taken-body = jemand wollte mit dieser Adresse ein Konto bei { $product } eröffnen. Zu der Adresse gibt es aber schon eines. Wenn Sie es waren, melden Sie sich wie gewohnt an. Falls Sie Ihr Passwort nicht mehr wissen, wählen Sie ein neues.
mail-address-taken-action = Passwort zurücksetzen
mail-address-taken-help = Dann brauchen Sie nichts zu tun. Über Ihr Konto hat dabei niemand etwas erfahren.

mail-federation-code-subject = { $product }: E-Mail-Adresse bestätigen
mail-federation-code-preheader = Ihr Code ist { $code }. Er gilt { $expires-in }.
mail-federation-code-headline = Bestätigen Sie Ihre E-Mail-Adresse
mail-federation-code-body = jemand meldet sich mit dem unten genannten Anbieter bei { $product } an und hat diese Adresse angegeben. Wenn Sie das sind, geben Sie den Code auf der Seite ein, auf der Sie sich anmelden. Er gilt { $expires-in }. Geben Sie ihn an niemanden weiter.
mail-federation-code-help = Ignorieren Sie diese E-Mail. Ohne den Code geschieht nichts.

mail-reset-password-subject = { $product }: Passwort zurücksetzen
mail-reset-password-preheader = Wählen Sie ein neues Passwort. Der Link läuft in { $expires-in } ab.
mail-reset-password-headline = Wählen Sie ein neues Passwort
mail-reset-password-body = für Ihr Konto bei { $product } wurde ein neues Passwort angefordert. Sobald Sie eines gewählt haben, werden alle Geräte abgemeldet.
mail-reset-password-action = Neues Passwort wählen
mail-reset-password-help = Dann brauchen Sie nichts zu tun. Ihr Passwort bleibt, wie es ist.

mail-account-secured-subject = { $product }: Wählen Sie ein neues Passwort
mail-account-secured-preheader = Ihr Konto ist gesichert. Der Link läuft in { $expires-in } ab.
mail-account-secured-headline = Ihr Konto ist gesichert
mail-account-secured-body = alle Geräte sind von Ihrem Konto bei { $product } abgemeldet, und weder das alte Passwort noch ein Passkey gilt. Wählen Sie ein neues Passwort, und melden Sie sich damit an. Prüfen Sie danach Ihre Passkeys und zweiten Faktoren, und entfernen Sie, was Sie nicht kennen.
mail-account-secured-action = Neues Passwort wählen
mail-account-secured-help = Dann kann jemand anderes Ihre E-Mails lesen. Ändern Sie zuerst das Passwort Ihres E-Mail-Kontos und danach dieses.

mail-first-credential-subject = { $product }: Anmeldeweg hinzufügen
mail-first-credential-preheader = Wählen Sie ein Passwort oder einen Passkey. Der Link läuft in { $expires-in } ab.
mail-first-credential-headline = Fügen Sie einen Anmeldeweg hinzu
mail-first-credential-body = Sie möchten für Ihr Konto bei { $product } ein Passwort oder einen Passkey einrichten. Öffnen Sie den Link in dem Browser, in dem Sie angemeldet sind: Er gilt nur dort und nur einmal.
mail-first-credential-action = Weiter
mail-first-credential-help = Dann ist jemand anderes in Ihrem Konto angemeldet. Mit diesem Link in Ihrem Postfach kann die Person nichts anfangen. Melden Sie sich an, und beenden Sie die Sitzungen, die Sie nicht kennen.

mail-confirm-email-change-subject = { $product }: neue Adresse bestätigen
mail-confirm-email-change-preheader = Danach verwendet Ihr Konto diese Adresse. Der Link läuft in { $expires-in } ab.
mail-confirm-email-change-headline = Bestätigen Sie Ihre neue E-Mail-Adresse
mail-confirm-email-change-body = ein Konto bei { $product } soll künftig diese Adresse verwenden. Bestätigen Sie, dass sie Ihnen gehört. Bis dahin behält das Konto seine bisherige Adresse.
mail-confirm-email-change-action = Adresse bestätigen
mail-confirm-email-change-help = Dann brauchen Sie nichts zu tun. Ohne den Link ändert sich nichts.

mail-invitation-subject = { $product }: Sie sind eingeladen
mail-invitation-preheader = Eingeladen hat Sie { $inviter }. Die Einladung läuft in { $expires-in } ab.
mail-invitation-headline = Sie sind zu { $product } eingeladen
mail-invitation-body = Sie sind mit dieser E-Mail-Adresse zu { $product } eingeladen. Nehmen Sie die Einladung an, um ein Passwort zu wählen und sich anzumelden.
mail-invitation-action = Einladung annehmen
mail-invitation-help = Wenn Sie nicht wissen, worum es geht, brauchen Sie nichts zu tun. Ohne den Link geschieht nichts.

## Etwas hat sich geändert

mail-password-set-subject = { $product }: Ihr Konto hat jetzt ein Passwort
mail-password-set-preheader = Gesetzt am { $at }; Gerät: { $device }.
mail-password-set-headline = Ihr Konto hat jetzt ein Passwort
mail-password-set-body = für Ihr Konto bei { $product }, das bisher keines hatte, wurde ein Passwort gesetzt. Ihre anderen Geräte wurden abgemeldet. Wenn Sie das waren, brauchen Sie nichts zu tun.
mail-password-set-action = Konto ansehen

mail-password-changed-subject = { $product }: Ihr Passwort wurde geändert
mail-password-changed-preheader = Geändert am { $at }; Gerät: { $device }.
mail-password-changed-headline = Ihr Passwort wurde geändert
mail-password-changed-body = das Passwort Ihres Kontos bei { $product } wurde geändert. Wenn Sie das waren, brauchen Sie nichts zu tun.
mail-password-changed-action = Konto ansehen

mail-account-reclaimed-subject = { $product }: Ihr Konto wurde zurückgesetzt
mail-account-reclaimed-preheader = Was vor der Bestätigung dieser Adresse eingerichtet war, wurde entfernt.
mail-account-reclaimed-headline = Ihr Konto wurde zurückgesetzt
mail-account-reclaimed-body =
    Sie haben die Adresse eines Kontos bei { $product } bestätigt, die noch nie bestätigt war. Vielleicht hat jemand anderes das Konto eröffnet. Deshalb haben wir entfernt, was darin eingerichtet war: zweite Faktoren, Passkeys, Ersatzcodes, die Telefonnummer, den Namen und das Bild. Alle Geräte wurden abgemeldet.

    Wenn Sie das alles selbst eingerichtet hatten, melden Sie sich an und richten Sie es erneut ein.
mail-account-reclaimed-action = Zum Konto
mail-account-reclaimed-help = Dann kann jemand anderes Ihre E-Mails lesen. Ändern Sie zuerst das Passwort Ihres E-Mail-Kontos und danach dieses.

mail-email-change-requested-subject = { $product }: Ihre Adresse soll geändert werden
mail-email-change-requested-preheader = Die neue Adresse ist { $new-address }.
mail-email-change-requested-headline = Ihre E-Mail-Adresse soll geändert werden
mail-email-change-requested-body = jemand möchte die E-Mail-Adresse Ihres Kontos bei { $product } ändern. Sobald die neue Adresse bestätigt ist, ersetzt sie diese hier.
mail-email-change-requested-help = Sichern Sie jetzt Ihr Konto. Dabei wird die Änderung hinfällig, alle Geräte werden abgemeldet, und Sie wählen ein neues Passwort.

mail-email-changed-subject = { $product }: Ihre Adresse wurde geändert
mail-email-changed-preheader = Die neue Adresse ist { $new-address }.
mail-email-changed-headline = Ihre E-Mail-Adresse wurde geändert
mail-email-changed-body = die E-Mail-Adresse Ihres Kontos bei { $product } wurde geändert. E-Mails zu Ihrem Konto gehen ab jetzt an die neue Adresse.
mail-email-changed-help = Machen Sie die Änderung innerhalb von { $expires-in } rückgängig. Ihr Konto verwendet dann wieder diese Adresse, und alle Geräte werden abgemeldet.
mail-email-changed-help-action = Änderung rückgängig machen

mail-email-assigned-subject = { $product }: die Adresse Ihres Kontos
mail-email-assigned-preheader = Melden Sie sich ab jetzt mit dieser Adresse an.
mail-email-assigned-headline = Dies ist jetzt die Adresse Ihres Kontos
mail-email-assigned-body = die Verwaltung von { $product } hat diese Adresse als E-Mail-Adresse Ihres Kontos eingetragen. Melden Sie sich ab jetzt mit ihr an. Ihr Passwort ist unverändert.
mail-email-assigned-action = Zum Konto
mail-email-assigned-help = Wenn Sie kein Konto bei { $product } haben, wenden Sie sich an den Support.

mail-factor-added-subject = { $product }: zweiter Faktor hinzugefügt
mail-factor-added-preheader = Hinzugefügt am { $at }: { $factor }.
mail-factor-added-headline = Ein zweiter Faktor wurde hinzugefügt
mail-factor-added-body = Ihr Konto bei { $product } hat einen weiteren Weg zu bestätigen, dass Sie es sind. Wenn Sie ihn hinzugefügt haben, brauchen Sie nichts zu tun.
mail-factor-added-action = Konto ansehen

mail-factor-removed-subject = { $product }: zweiter Faktor entfernt
mail-factor-removed-preheader = Entfernt am { $at }: { $factor }.
mail-factor-removed-headline = Ein zweiter Faktor wurde entfernt
mail-factor-removed-body = Ihr Konto bei { $product } hat einen Weg weniger zu bestätigen, dass Sie es sind. Wenn Sie ihn entfernt haben, brauchen Sie nichts zu tun.
mail-factor-removed-action = Konto ansehen

mail-identity-linked-subject = { $product }: Anmeldeweg hinzugefügt
mail-identity-linked-preheader = Hinzugefügt am { $at }: { $provider }.
mail-identity-linked-headline = Ein Anmeldeweg wurde hinzugefügt
mail-identity-linked-body = mit dem unten genannten Anbieter können Sie sich ab jetzt in Ihrem Konto bei { $product } anmelden. Wenn Sie ihn hinzugefügt haben, brauchen Sie nichts zu tun.
mail-identity-linked-action = Konto ansehen

mail-identity-removed-subject = { $product }: Anmeldeweg entfernt
mail-identity-removed-preheader = Entfernt am { $at }: { $provider }.
mail-identity-removed-headline = Ein Anmeldeweg wurde entfernt
mail-identity-removed-body = mit dem unten genannten Anbieter können Sie sich nicht mehr in Ihrem Konto bei { $product } anmelden. Wenn Sie ihn entfernt haben, brauchen Sie nichts zu tun.
mail-identity-removed-action = Konto ansehen

mail-backup-code-used-subject = { $product }: Ersatzcode verwendet
mail-backup-code-used-preheader = Verwendet am { $at }; Gerät: { $device }.
mail-backup-code-used-headline = Ein Ersatzcode wurde verwendet
mail-backup-code-used-body = jemand hat sich mit einem Ersatzcode in Ihrem Konto bei { $product } angemeldet. Wenn Sie das waren, streichen Sie den Code von Ihrer Liste: Er funktioniert nur einmal.
mail-backup-code-used-action = Konto ansehen

mail-backup-codes-low-subject = { $product }: Ihre Ersatzcodes gehen zur Neige
mail-backup-codes-low-preheader = Erstellen Sie neue, bevor Sie sie brauchen.
mail-backup-codes-low-headline = Ihre Ersatzcodes gehen zur Neige
mail-backup-codes-low-body = für Ihr Konto bei { $product } { $left ->
    [0] ist kein Ersatzcode mehr
    [one] ist noch ein Ersatzcode
   *[other] sind noch { $left } Ersatzcodes
} übrig. Erstellen Sie neue, bevor Sie sie brauchen.
mail-backup-codes-low-action = Neue Codes erstellen
mail-backup-codes-low-help = Wenn Sie die anderen Codes nicht verwendet haben, sichern Sie jetzt Ihr Konto. Dabei werden alle Geräte abgemeldet, und Sie wählen ein neues Passwort.

mail-backup-codes-renewed-subject = { $product }: neue Ersatzcodes
mail-backup-codes-renewed-preheader = Erstellt am { $at }. Die alten Codes gelten nicht mehr.
mail-backup-codes-renewed-headline = Neue Ersatzcodes wurden erstellt
mail-backup-codes-renewed-body = Ihr Konto bei { $product } hat neue Ersatzcodes. Die alten gelten nicht mehr. Wenn Sie sie erstellt haben, bewahren Sie sie an einem sicheren Ort auf.
mail-backup-codes-renewed-action = Konto ansehen

mail-factors-reset-subject = { $product }: Ihre zweiten Faktoren wurden entfernt
mail-factors-reset-preheader = Ab { $usable-at } genügt das Passwort.
mail-factors-reset-headline = Ihre zweiten Faktoren wurden entfernt
mail-factors-reset-body = die Verwaltung hat alle zweiten Faktoren aus Ihrem Konto bei { $product } entfernt und alle Geräte abgemeldet. Nach der unten genannten Zeit können Sie sich mit dem Passwort allein anmelden und sie neu einrichten.
mail-factors-reset-help = Wenn Sie nicht darum gebeten haben, sichern Sie jetzt Ihr Konto und wenden Sie sich an den Support von { $product }.

## Jemand hat sich angemeldet oder es versucht

mail-new-device-subject = { $product }: Anmeldung von einem neuen Gerät
mail-new-device-preheader = Gerät: { $device }, am { $at }.
mail-new-device-headline = Neue Anmeldung in Ihrem Konto
mail-new-device-body = jemand hat sich von einem Gerät aus, das wir noch nicht kannten, in Ihrem Konto bei { $product } angemeldet. Wenn Sie das waren, brauchen Sie nichts zu tun.
mail-new-device-action = Geräte ansehen

mail-unusual-login-subject = { $product }: Anmeldung von einem ungewöhnlichen Ort
mail-unusual-login-preheader = Ort: { $place }, am { $at }.
mail-unusual-login-headline = Anmeldung von einem ungewöhnlichen Ort
mail-unusual-login-body = jemand hat sich von einem Ort aus, den wir nicht erwartet haben, in Ihrem Konto bei { $product } angemeldet. Wenn Sie das waren, brauchen Sie nichts zu tun.
mail-unusual-login-action = Geräte ansehen

mail-replay-detected-subject = { $product }: ein Gerät wurde abgemeldet
mail-replay-detected-preheader = Vielleicht wurde eine Kopie seiner Anmeldung verwendet, am { $at }.
mail-replay-detected-headline = Wir haben zu Ihrem Schutz ein Gerät abgemeldet
mail-replay-detected-body = ein Anmelde-Token Ihres Kontos bei { $product } wurde zweimal verwendet. Das geschieht, wenn es jemand kopiert hat. Deshalb haben wir das Gerät abgemeldet, zu dem es gehörte. Wenn Sie das Gerät kennen, melden Sie sich dort erneut an.
mail-replay-detected-action = Geräte ansehen

mail-refresh-unconfirmed-subject = { $product }: ein Gerät wurde abgemeldet
mail-refresh-unconfirmed-preheader = Meist ist das harmlos. Gerät: { $device }, am { $at }.
mail-refresh-unconfirmed-headline = Wir haben ein Gerät abgemeldet
mail-refresh-unconfirmed-body = ein Gerät hat ein Anmelde-Token Ihres Kontos bei { $product } gesendet, das schon einmal verwendet worden war. Meist ist eine unterbrochene Verbindung der Grund; es kann aber auch jemand das Token kopiert haben. Wenn Sie das Gerät kennen, melden Sie sich dort erneut an.
mail-refresh-unconfirmed-action = Geräte ansehen

mail-account-locked-subject = { $product }: zu viele falsche Passwörter
mail-account-locked-preheader = Für ein neues Gerät setzen Sie Ihr Passwort zuerst zurück.
mail-account-locked-headline = Zu viele falsche Passwörter
mail-account-locked-body = für Ihr Konto bei { $product } hat jemand zu viele falsche Passwörter eingegeben. Um sich auf einem neuen Gerät mit dem Passwort anzumelden, setzen Sie es vorher zurück. Passkeys und Geräte, die Sie schon benutzt haben, funktionieren weiter.
mail-account-locked-action = Passwort zurücksetzen
mail-account-locked-help = Dann versucht jemand, Ihr Passwort zu erraten. Gelungen ist es nicht.

mail-factor-locked-subject = { $product }: jemand kennt vielleicht Ihr Passwort
mail-factor-locked-preheader = Das Passwort war richtig, die Codes danach waren falsch.
mail-factor-locked-headline = Jemand kennt vielleicht Ihr Passwort
mail-factor-locked-body = das Passwort Ihres Kontos bei { $product } wurde richtig eingegeben, danach aber zu viele falsche Codes. Diese Methode ist deshalb eine Zeit lang gesperrt. Wenn Sie das waren, warten Sie etwas und versuchen Sie es dann noch einmal.
mail-factor-locked-help = Dann kennt jemand Ihr Passwort, ist aber nicht in Ihr Konto gelangt. Sichern Sie es jetzt: Dabei werden alle Geräte abgemeldet, und Sie wählen ein neues Passwort.

## Das Ende eines Kontos

mail-erasure-requested-subject = { $product }: Ihr Konto wird gelöscht
mail-erasure-requested-preheader = Gelöscht wird es am { $erase-at }. Bis dahin können Sie es behalten.
mail-erasure-requested-headline = Ihr Konto wird gelöscht
mail-erasure-requested-body = jemand hat uns gebeten, Ihr Konto bei { $product } mit allem, was dazugehört, zu löschen. Danach kann es niemand wiederherstellen. Bis zu der unten genannten Zeit können Sie es noch behalten.
mail-erasure-requested-action = Konto behalten
mail-erasure-requested-help = Behalten Sie zuerst das Konto. Sichern Sie es danach: Dabei werden alle Geräte abgemeldet, und Sie wählen ein neues Passwort.

mail-erasure-cancelled-subject = { $product }: Ihr Konto bleibt bestehen
mail-erasure-cancelled-preheader = Die Löschung wurde am { $at } abgebrochen.
mail-erasure-cancelled-headline = Ihr Konto wird nicht gelöscht
mail-erasure-cancelled-body = die Löschung Ihres Kontos bei { $product } wurde abgebrochen. Sie können das Konto wie bisher nutzen.
mail-erasure-cancelled-action = Zum Konto

mail-account-erased-subject = { $product }: Ihr Konto wurde gelöscht
mail-account-erased-preheader = Dies ist die letzte E-Mail dazu.
mail-account-erased-headline = Ihr Konto wurde gelöscht
mail-account-erased-body = Ihr Konto bei { $product } wurde mit allem, was dazugehörte, gelöscht. Dies ist die letzte E-Mail dazu.
mail-account-erased-help = Wenn Sie das nicht wollten, wenden Sie sich an den Support von { $product }.

## SMS. Der Server fügt eine letzte Zeile an, die den Code an seine Seite bindet.

sms-code = { $code } ist Ihr Code für { $product }. Er läuft in { $expires-in } ab. Geben Sie ihn nicht weiter.
