# Die Texte der Anwendung im Browser. Jede Nachricht ist ein Text; { $product } ist der Name des Produkts.

## Gemeinsames

skip = Zum Inhalt springen
back = Zurück
cancel = Abbrechen
change = Ändern
close = Schließen
copy = Kopieren
copied = Kopiert.
copy-failed = Der Browser hat das Kopieren nicht erlaubt. Markieren Sie den Text und kopieren Sie ihn selbst.
done = Fertig
download = Herunterladen
downloaded = Im Download-Ordner gespeichert.
end = Beenden
finish = Abschließen
keep = Behalten
loading = Wird geladen
or = oder
print = Drucken
remove = Entfernen
rename = Umbenennen
save = Speichern
show-more = Mehr anzeigen
try-again = Erneut versuchen
yes = Ja

time-just-now = gerade eben
duration-seconds = { $count ->
    [one] eine Sekunde
   *[other] { $count } Sekunden
}
duration-minutes = { $count ->
    [one] eine Minute
   *[other] { $count } Minuten
}
duration-hours = { $count ->
    [one] eine Stunde
   *[other] { $count } Stunden
}
wait-left = (noch { $time })
wait-over = Sie können es jetzt erneut versuchen.

foot-support = Hilfe
foot-privacy = Datenschutz
foot-terms = Nutzungsbedingungen

offline = Sie sind offline.
offline-since = Sie sind offline. Angezeigt wird der Stand von { $time } Uhr.
unreachable-title = { $product } ist nicht erreichbar
unreachable-text = Sie sind weiterhin angemeldet. Prüfen Sie Ihre Verbindung. Sobald sie wieder steht, lädt diese Seite von selbst.
not-shown-title = Das lässt sich gerade nicht anzeigen

email = E-Mail-Adresse
email-missing = Geben Sie Ihre E-Mail-Adresse ein.
password = Passwort
password-missing = Geben Sie Ihr Passwort ein.
password-show = Anzeigen
password-show-long = Passwort anzeigen
password-hide = Verbergen
password-caps-lock = Die Feststelltaste ist eingeschaltet.
new-password-hint = Mindestens { $count } Zeichen. Einige Wörter ohne Zusammenhang eignen sich gut.
language = Sprache

## Anmelden

login-title = Bei { $product } anmelden
sign-in = Anmelden
sign-in-again = Erneut anmelden
sign-out = Abmelden
forgot-link = Vergessen?
login-passkey = Mit Passkey anmelden
login-provider = Weiter mit { $name }
provider-other = der Anbieter
provider-finishing = { $name } hat Sie bestätigt. Einen Moment …
provider-address-title = Wie lautet Ihre E-Mail-Adresse?
provider-address-why = { $name } hat uns keine Adresse mitgeteilt. Geben Sie eine ein, die Sie lesen: Wir senden einen Code dorthin.
provider-address-submit = Code senden
provider-code = Code aus der E-Mail
provider-code-hint = Zehn Zeichen, zum Beispiel 7k3mq-x9t2p
provider-code-sent = Wir haben eine E-Mail an { $address } gesendet. Geben Sie den Code daraus ein, um abzuschließen.
provider-code-sent-there = Wir haben eine E-Mail an die Adresse gesendet, die uns { $name } mitgeteilt hat. Geben Sie den Code daraus ein, um abzuschließen.
provider-code-known = Steht in der E-Mail, dass Sie schon ein Konto haben? Dann melden Sie sich dort an und verknüpfen Sie { $name }.
provider-terms-why = Wir legen jetzt Ihr Konto an. Dafür brauchen wir zuerst Ihre Zustimmung.
provider-exists-title = Sie haben schon ein Konto
provider-exists-text = Ein Konto mit der Adresse, die uns { $name } mitgeteilt hat, ist dort mit einer anderen Anmeldung verknüpft. Es wurde nichts geändert.
provider-exists-next = Melden Sie sich so an wie bisher. Danach fragen wir Sie, ob auch { $name } dieses Konto öffnen soll.
provider-exists-act = Anmelden und verknüpfen
provider-linked = { $name } ist verknüpft. Sie können sich ab jetzt damit anmelden.
provider-not-linked = { $name } wurde nicht verknüpft
provider-confirmed = { $name } hat bestätigt, dass Sie es sind. Fahren Sie mit dem fort, was Sie vorhatten.
provider-not-confirmed = { $name } hat nicht bestätigt, dass Sie es sind
login-new = Neu hier?
login-register = Konto erstellen
back-to-login = Zurück zur Anmeldung
captcha-working = Wir stellen sicher, dass dies kein automatischer Angriff ist …
captcha-frame = Bestätigen Sie, dass Sie ein Mensch sind

second-step-title = Noch ein Schritt
second-step-provider = Mit { $name }
not-you = Nicht Sie?
verify = Bestätigen
another-way = oder auf anderem Weg
trust-device = Diesem Gerät vertrauen
trust-device-hint = Künftig genügt hier Ihr Passwort. Nur für Geräte, die Ihnen gehören.
trust-device-hint-provider = Beim nächsten Mal entfällt dort der zweite Schritt. Nur für Geräte, die Ihnen gehören.
challenge-ends = Diese Anmeldung läuft in { $time } ab.
challenge-renewed = Sie haben mehr Zeit.
challenge-over = Das hat zu lange gedauert, oder es waren zu viele falsche Codes. Beginnen Sie noch einmal mit Ihrem Passwort.
challenge-over-provider = Das hat zu lange gedauert, oder es gab zu viele falsche Codes. Beginnen Sie noch einmal.
more-time = Mehr Zeit geben

method-webauthn = Passkey
method-webauthn-use = Passkey verwenden
method-totp = Authenticator-App
method-sms = Code per SMS
method-backup_code = Ersatzcode
method-password = Passwort
method-federation = Ein anderer Anbieter
code-totp = Code aus der App
code-totp-hint = Sechs Ziffern, die alle 30 Sekunden wechseln.
code-sms = Code aus der SMS
code-sms-hint = Sechs Ziffern, an Ihr Telefon gesendet.
code-backup_code = Ersatzcode
code-backup_code-hint = Einer der Codes, die Sie aufbewahrt haben. Jeder gilt einmal.
code-missing = Geben Sie den Code ein.
second-step-totp = Öffnen Sie Ihre Authenticator-App und geben Sie den Code für { $product } ein.
second-step-sms = Wir senden Ihnen einen Code.
second-step-sms-sent = Wir haben einen Code an { $number } gesendet.
second-step-backup_code = Geben Sie einen der Codes ein, die Sie aufbewahrt haben. Er gilt einmal.
second-step-webauthn = Bestätigen Sie mit Fingerabdruck, Gesicht oder der PIN Ihres Geräts.
sms-again = Neuen Code senden
sms-sent-again = Wir haben einen neuen Code gesendet.

step-up-title = Bestätigen Sie, dass Sie es sind
step-up-why = Was jetzt folgt, könnte Sie aussperren, wenn es jemand anderes täte. Deshalb fragen wir noch einmal.
step-up-confirm = Bestätigen
step-up-passkey = Bestätigen Sie mit Fingerabdruck, Gesicht oder der PIN Ihres Geräts.
step-up-provider = Melden Sie sich dort noch einmal an. Sie kommen auf diese Seite zurück und fahren dann mit dem fort, was Sie vorhatten.
step-up-none = Ihr Konto hat noch kein Passwort und keinen Passkey, und Ihr Anbieter kann Sie nicht bestätigen. Wir senden einen Link an Ihre Adresse: Öffnen Sie ihn in diesem Browser.

forgot-title = Neues Passwort festlegen
forgot-why = Wir senden Ihnen einen Link. Bis Sie ihn verwenden, bleibt Ihr Passwort, wie es ist.
forgot-submit = Link senden
forgot-sent = Wenn es zu { $address } ein Konto gibt, ist ein Link unterwegs. Er gilt nur kurze Zeit.
mail-not-there = Nach einigen Minuten nichts da? Sehen Sie im Spam-Ordner nach und prüfen Sie die Adresse.
check-mail-title = Sehen Sie in Ihr Postfach

## Konto erstellen

register-title = Konto erstellen
register-why = Ein Konto für alles bei { $product }.
register-submit = Konto erstellen
register-known = Sie haben schon ein Konto?
register-invite = Neue Konten gibt es auf Einladung. Öffnen Sie den Link in Ihrer Einladung.
register-closed = Zurzeit lassen sich keine neuen Konten erstellen.
display-name = Name
display-name-optional = Name (freiwillig)
display-name-hint = Sie sehen ihn hier und in unseren E-Mails.
terms-accept = Ich stimme den Nutzungsbedingungen zu
terms-missing = Stimmen Sie den Nutzungsbedingungen zu, um ein Konto zu erstellen.
waiting-text = Wir haben einen Link an { $address } gesendet. Öffnen Sie ihn, um fortzufahren.
waiting-status = Sobald Sie den Link geöffnet haben, geht es hier von selbst weiter.
waiting-stopped = Diese Seite prüft nicht mehr. Melden Sie sich an, nachdem Sie den Link geöffnet haben.
waiting-change = Adresse ändern
verification-again = Link erneut senden
verification-sent-again = Wir haben den Link erneut gesendet.

## Konto

account-title = Konto
account-menu = Menü von { $email }
index-label = Bereiche Ihres Kontos
overview-index = Übersicht
overview-title = Ihr Konto
security-index = Anmeldung
activity-index = Aktivität
profile-index = Profil
data-index = Ihre Daten

ended-title = Sie wurden abgemeldet
ended-session_revoked = Diese Sitzung wurde beendet, hier oder auf einem anderen Ihrer Geräte. Nichts Gespeichertes ist verloren.
ended-session_expired = Sie waren lange nicht da, deshalb haben wir diese Sitzung beendet. Nichts Gespeichertes ist verloren.
ended-refresh_token_reused = Möglicherweise hat jemand diese Sitzung kopiert, deshalb haben wir sie beendet. Melden Sie sich erneut an und sehen Sie sich danach Ihre Aktivität an.
ended-refresh_token_invalid = Die Sitzung dieses Browsers lässt sich nicht mehr verwenden. Nichts Gespeichertes ist verloren.

truth-devices = { $count ->
    [one] Ein Gerät ist angemeldet.
    [2] Zwei Geräte sind angemeldet.
    [3] Drei Geräte sind angemeldet.
    [4] Vier Geräte sind angemeldet.
   *[other] { $count } Geräte sind angemeldet.
}
truth-nothing = Sie müssen sich um nichts kümmern.
truth-odd = { $count ->
    [one] Eine Anmeldung sieht ungewöhnlich aus. Sagen Sie uns unten, ob Sie es waren.
   *[other] { $count } Anmeldungen sehen ungewöhnlich aus. Sagen Sie uns unten, ob Sie es waren.
}
truth-erasing = Ihr Konto wird am { $day } gelöscht.
truth-unverified = Ihre Adresse { $email } ist noch nicht bestätigt. Öffnen Sie den Link in unserer E-Mail.
truth-no-factor = Ein Schritt genügt, um in Ihr Konto zu gelangen. Mit einem zweiten Faktor ist es viel schwerer zu knacken.
truth-no-factor-act = Zweiten Faktor einrichten
truth-codes = { $count ->
    [0] Sie haben keine Ersatzcodes mehr. Erstellen Sie neue, damit ein verlorenes Telefon Sie nicht aussperrt.
    [one] Sie haben noch einen Ersatzcode. Erstellen Sie neue, damit ein verlorenes Telefon Sie nicht aussperrt.
   *[other] Sie haben noch { $count } Ersatzcodes. Erstellen Sie neue, damit ein verlorenes Telefon Sie nicht aussperrt.
}
truth-codes-act = Ersatzcodes erstellen

sessions-title = Hier sind Sie angemeldet
sessions-why = Beenden Sie, was Sie nicht mehr nutzen oder nicht kennen. Das wirkt sofort.
sessions-none = Nirgends angemeldet.
sessions-end-others = Alle anderen beenden
sessions-end-others-question = { $count ->
    [one] Eine Sitzung beenden?
   *[other] { $count } Sitzungen beenden?
}
sessions-ended = { $count ->
    [one] Eine Sitzung beendet.
   *[other] { $count } Sitzungen beendet.
}
sessions-not-ended = Es wurde nichts beendet. { $why }
session-end-question = Sitzung beenden?
session-ended = Die Sitzung auf { $name } ist beendet.
session-not-ended = Die Sitzung auf { $name } läuft weiter. { $why }
session-active = aktiv { $ago }
session-active-now = gerade aktiv
session-signed-in = Angemeldet am { $day } { $how }
ended-sessions-title = In den letzten 90 Tagen beendet
ended-sessions-none = In den letzten 90 Tagen wurde nichts beendet.
end-reason-logout = Sie haben sich abgemeldet
end-reason-ended_by_user = Von Ihnen auf einem anderen Gerät beendet
end-reason-logout_all = Sie haben sich überall abgemeldet
end-reason-session_limit = Sie waren auf zu vielen Geräten angemeldet
end-reason-replaced = Sie haben sich im selben Browser neu angemeldet
end-reason-replay = Zur Sicherheit beendet: vielleicht von jemandem kopiert
end-reason-unconfirmed = Zur Sicherheit beendet: Die letzte Antwort wurde zweimal angefordert
end-reason-retry_expired = Zur Sicherheit beendet: Eine Anfrage kam zu spät noch einmal
end-reason-regressed = Nach einer Wiederherstellung unseres Systems beendet
end-reason-credentials_changed = Ihr Passwort wurde geändert
end-reason-factor_removed = Ihre zweiten Faktoren wurden geändert
end-reason-ended_by_admin = Von der Administration beendet
end-reason-account_disabled = Ihr Konto wurde deaktiviert
end-reason-erasure = Sie haben die Löschung Ihres Kontos verlangt
end-reason-expired = Lange nicht benutzt
end-reason-revoke_all = Wir haben alle abgemeldet
end-reason-provider_logout = Sie haben sich beim Anbieter abgemeldet, über den Sie angemeldet waren
end-reason-provider_removed = Den Anbieter, über den Sie angemeldet waren, bieten wir nicht mehr an
end-reason-other = Beendet
this-device = Dieses Gerät
place-unknown = Ort unbekannt
device-on = { $browser } unter { $os }
device-unknown = Unbekanntes Gerät
device-used = Zuletzt verwendet { $ago }
device-expires = Vertraut bis { $day }
amr-passkey = mit Passkey
amr-password = mit Passwort
amr-provider = über einen anderen Anbieter
amr-password-passkey = mit Passwort und Passkey
amr-password-code = mit Passwort und Code
amr-password-sms = mit Passwort und SMS
amr-other = auf andere Weise
was-you = Waren Sie das?
was-you-no = Nein, Konto schützen
was-you-thanks = Danke. Wir fragen danach nicht noch einmal.
secured-next = Alle anderen Sitzungen sind beendet. Ändern Sie jetzt Ihr Passwort.

trusted-title = Vertraute Geräte
trusted-why = Hier genügt Ihr Passwort. Entfernen Sie, was Sie verloren oder weggegeben haben.
trusted-remove = Nicht mehr vertrauen
trusted-question = Diesem Gerät nicht mehr vertrauen?
trusted-yes = Vertrauen beenden
trusted-removed = { $name } wird wieder nach einem zweiten Faktor gefragt.

security-title = Anmeldung
security-one = Ein Schritt genügt, um in Ihr Konto zu gelangen.
security-two = Ihr Konto verlangt zweierlei: etwas, das Sie wissen, und etwas, das Sie besitzen.
password-row = Ändern Sie es, wenn es jemand anderes kennen könnte.
factors-title = Zweite Faktoren
factors-none = Noch kein zweiter Faktor. Mit einem nützt Ihr Passwort allein einem Dieb nichts.
factor-first = Zweiten Faktor einrichten
factor-add = Weiteren einrichten
factor-added = eingerichtet am { $day }
factor-used = Zuletzt verwendet { $ago }
factor-unused = Noch nicht verwendet
factor-removed = { $name } wurde entfernt. Ihre anderen Sitzungen sind beendet.
factor-remove-question = Entfernen?
passkey-synced = Synchronisierter Passkey
passkey-bound = Passkey auf einem Gerät
passkey-name = Name
passkey-name-missing = Geben Sie einen Namen ein.
passkey-rename = Passkey umbenennen
codes-title = Ersatzcodes
codes-left = { $count ->
    [0] Keine mehr übrig
    [one] Noch ein Code
   *[other] Noch { $count } Codes
}
codes-why = Falls Sie Ihr Telefon verlieren. Jeder Code gilt einmal.
codes-new = Neue Codes erstellen
codes-new-question = Die alten gelten dann nicht mehr. Fortfahren?
codes-new-yes = Erstellen
codes-explained = Damit kommen Sie in Ihr Konto, wenn Ihr Telefon weg ist. Jeder Code gilt einmal. Bewahren Sie sie dort auf, wo Sie sie auch ohne Telefon finden.
codes-wrote = Ich habe sie aufgeschrieben
codes-finish-hint = Kopieren, speichern oder drucken Sie die Codes zuerst, oder setzen Sie das Häkchen.
codes-file-title = Ersatzcodes für { $product }
codes-file-name = { $product }-ersatzcodes.txt

linked-title = Andere Anmeldewege
linked-why = Konten bei anderen Anbietern, die dieses hier öffnen.
linked-not = Nicht verknüpft
linked-added = verknüpft am { $day }
linked-over = Nicht mehr angeboten
linked-add = Verknüpfen
linked-removed = { $name } öffnet Ihr Konto nicht mehr. Ihre anderen Sitzungen wurden beendet.
linked-remove-question = { $name } entfernen?
linked-explain-title = { $name } verknüpfen?
linked-explain = Sie gehen zu { $name }, melden sich dort an und kommen zurück. Danach gilt:
linked-does-sign-in = Sie können sich hier mit { $name } anmelden, ohne Ihr Passwort.
linked-does-keep = Ihre Adresse, Ihr Passwort und Ihre zweiten Faktoren bleiben, wie sie sind.
linked-does-warn = Wer Ihr Konto bei { $name } benutzen kann, kann auch diesen Weg benutzen. Schützen Sie es so gut wie dieses hier.
linked-go = Zu { $name }

wizard-title = Zweiten Faktor wählen
wizard-why = Neben Ihrem Passwort fragen wir dann nach etwas, das nur Sie haben.
wizard-required = Ihr Konto braucht einen zweiten Faktor, bevor es weitergeht.
wizard-steps = Schritt { $at } von 3
wizard-step-choose = Wählen
wizard-step-connect = Verbinden
wizard-step-save = Codes sichern
wizard-save-title = Ersatzcodes sichern
wizard-end-title = Ihr Konto ist jetzt schwerer zu knacken
wizard-end-webauthn = Wählen Sie beim nächsten Mal „Mit Passkey anmelden“. Sie müssen nichts eintippen.
wizard-end-totp = Beim nächsten Mal fragen wir nach dem Passwort auch nach einem Code aus Ihrer App.
wizard-end-sms = Beim nächsten Mal können Sie sich nach dem Passwort einen Code senden lassen.
choice-webauthn = Am schnellsten, nichts einzutippen
choice-totp = Geht auch ohne Netz
choice-sms = Schwächer als die anderen
choice-taken = Schon eingerichtet
choice-sms-later = Möglich neben Passkey oder App
connect-webauthn-title = Passkey erstellen
connect-webauthn-text = Ihr Gerät fragt nach Fingerabdruck, Gesicht oder PIN. Diese Angaben bleiben auf dem Gerät.
connect-webauthn-submit = Passkey erstellen
connect-totp-title = App verbinden
connect-totp-text = Scannen Sie das Bild mit einer Authenticator-App und geben Sie dann den angezeigten Code ein.
connect-totp-picture = QR-Code für Ihre Authenticator-App. Der Schlüssel darunter leistet dasselbe.
connect-totp-open = In der App öffnen
connect-totp-by-hand = Scannen geht nicht? Geben Sie diesen Schlüssel in der App ein.
connect-totp-key = Schlüssel für Ihre App
connect-totp-code-hint = Sechs Ziffern, die alle 30 Sekunden wechseln.
connect-totp-submit = Verbinden
connect-sms-title = Telefonnummer hinzufügen
connect-sms-warning = Eine SMS lässt sich abfangen. Nutzen Sie sie als Reserve neben Passkey oder App.
connect-sms-submit = Code senden
phone = Telefonnummer
phone-hint = Mit Landesvorwahl, etwa +49 30 23125 000.
phone-missing = Geben Sie Ihre Telefonnummer ein.
phone-other = Andere Nummer verwenden

password-change-title = Passwort ändern
password-change-why = Ihre anderen Sitzungen enden. Hier bleiben Sie angemeldet.
password-first = Passwort festlegen
password-first-done = Ihr Passwort ist festgelegt. Ihre anderen Sitzungen sind beendet.
password-row-none = Sie haben noch keines.
first-credential-title = Anmeldeweg hinzufügen
password-change-submit = Passwort ändern
password-changed = Ihr Passwort ist geändert. Ihre anderen Sitzungen sind beendet.
password-current = Bisheriges Passwort
password-new = Neues Passwort
password-must-change = Bevor es weitergeht, muss Ihr Passwort geändert werden.

activity-title = Aktivität
activity-why = Was mit Ihrem Konto geschehen ist. Etwas kommt Ihnen unbekannt vor? Beenden Sie die Sitzung und ändern Sie Ihr Passwort.
event-by-administrator = durch die Verwaltung
events-none = Noch nichts.

profile-title = Profil
profile-why = Wie Sie erscheinen und wie wir Sie erreichen.
profile-details = Name und Sprache
profile-saved = Gespeichert.
language-hint = Für diese Seiten und unsere E-Mails.
picture-title = Bild
picture-alt = Ihr Bild
picture-none = Kein Bild
picture-choose = Bild wählen
picture-change = Bild ändern
picture-hint = PNG, JPEG, WebP oder GIF. Den Aufnahmeort entfernen wir.
picture-saved = Ihr neues Bild ist da.
picture-removed = Ihr Bild wurde entfernt.

address-index = E-Mail-Adresse
address-title = Adresse ändern
address-why = Bis Sie die neue Adresse bestätigen, gilt { $email }.
address-new = Neue E-Mail-Adresse
address-submit = Bestätigung senden
address-sent = Wir haben einen Link an { $address } gesendet. Wenn Sie ihn öffnen, gilt die neue Adresse. Auch die alte erhält eine Nachricht.
address-row = Dorthin senden wir Links und Hinweise.
address-verified = Bestätigt
address-unverified = Nicht bestätigt

data-title = Ihre Daten
data-why = Was wir über Sie speichern, gehört Ihnen. Nehmen Sie es mit oder lassen Sie es löschen.
export-title = Kopie Ihrer Daten
export-text = Eine Datei mit allem, was wir über Sie speichern, für Sie oder einen anderen Dienst.
export-submit = Kopie herunterladen
export-file-name = { $product }-daten.json
erase-title = Konto löschen
erase-text = { $days ->
    [0] Alles wird sofort gelöscht und lässt sich nicht wiederherstellen.
    [one] Nach einem Tag wird alles gelöscht. Bis dahin behalten Sie Ihr Konto, wenn Sie sich anmelden.
   *[other] Nach { $days } Tagen wird alles gelöscht. Bis dahin behalten Sie Ihr Konto, wenn Sie sich anmelden.
}
erase-open = Konto löschen
erase-question = Konto löschen?
erase-explained = { $days ->
    [0] Sie werden überall abgemeldet, und alles wird sofort gelöscht. Es lässt sich nicht wiederherstellen.
    [one] Sie werden jetzt überall abgemeldet. Nach einem Tag wird alles endgültig gelöscht.
   *[other] Sie werden jetzt überall abgemeldet. Nach { $days } Tagen wird alles endgültig gelöscht.
}
erase-type = Zur Bestätigung { $email } eingeben
erase-mismatch = Das ist nicht die Adresse des Kontos.
erase-submit = Konto löschen
erase-keep = Konto behalten
erased-title = Sie sind überall abgemeldet
erased-later = Ihr Konto wird am { $date } gelöscht. Wenn Sie es behalten möchten, melden Sie sich vorher an.
erased-now = Ihr Konto wurde gelöscht.
erased-sign-in = Anmelden und behalten

## Verwaltung

administration-title = Verwaltung
people-title = Personen
people-search = Name, Adresse oder externe Kennung
people-filter = Anzeigen
people-all = Alle
people-active = Aktiv
people-unverified = Nicht bestätigt
people-locked = Gesperrt
people-disabled = Deaktiviert
people-erasing = Wird gelöscht
people-person = Person
people-state = Zustand
people-factors = Anmeldung
people-since = Seit
people-seen = Zuletzt gesehen
people-never = Noch nie
people-two-factors = Zwei Faktoren
people-one-factor = Nur Passwort
people-external = Externe Kennung
people-id = Kennung
people-menu = Aktionen für { $name }
people-open = Details anzeigen
people-none = Noch niemand da. Laden Sie die erste Person ein.
people-none-found = Niemand passt dazu. Ändern Sie die Suche oder den Filter.
people-found = { $count ->
    [0] Niemand gefunden
    [one] Eine Person angezeigt
   *[other] { $count } Personen angezeigt
}
role = Rolle
role-user = Nutzer
role-support = Support
role-admin = Administrator
role-hint = Der Support sieht Konten und beendet Sitzungen. Administratoren dürfen alles.
person-sessions = Sitzungen
actions-title = Aktionen
action-unlock = Entsperren
action-unlock-text = Vergisst falsche Passwörter und Codes.
action-unlock-question = { $name } entsperren?
action-unlock-done = { $name } kann sich wieder anmelden.
action-enable = Aktivieren
action-enable-text = Die Person kann sich wieder anmelden.
action-enable-question = { $name } aktivieren?
action-enable-done = { $name } wurde aktiviert.
action-require-password-change = Neues Passwort verlangen
action-require-password-change-text = Beendet alle Sitzungen. Die nächste Anmeldung verlangt ein neues Passwort.
action-require-password-change-question = Von { $name } ein neues Passwort verlangen?
action-require-password-change-done = { $name } muss ein neues Passwort festlegen.
action-reset-mfa = Zweite Faktoren zurücksetzen
action-reset-mfa-text = Entfernt alle. Prüfen Sie vorher, wer darum bittet.
action-reset-mfa-question = Die zweiten Faktoren von { $name } zurücksetzen?
action-reset-mfa-done = Die zweiten Faktoren von { $name } wurden entfernt.
action-disable = Deaktivieren
action-disable-text = Beendet alle Sitzungen und verhindert neue Anmeldungen.
action-disable-question = { $name } deaktivieren?
action-disable-done = { $name } wurde deaktiviert.
action-reason = Grund
action-reason-hint = Steht beim Ereignis, für alle, die es später nachvollziehen.
action-reason-missing = Nennen Sie kurz den Grund.
action-erase = Konto löschen
action-erase-text = Löscht alles über diese Person, endgültig.
action-erase-question = { $name } löschen?
action-erase-explained = Alle Sitzungen enden, und alles über diese Person wird endgültig gelöscht. Es lässt sich nicht wiederherstellen.
action-erase-done = { $name } wird gelöscht.
invite = Einladen
invite-title = Jemanden einladen
invite-why = Die Person erhält eine E-Mail mit einem Link, der einmal gilt.
invite-submit = Einladung senden
invited = { $address } wurde eingeladen.
invited-at = Eingeladen
invitations-title = Einladungen
invitations-none = Noch keine Einladungen.
invitation-open = Offen
invitation-accepted = Angenommen
invitation-expired = Abgelaufen
invitation-revoked = Zurückgezogen
invitation-revoked-told = Die Einladung an { $address } wurde zurückgezogen.
revoke = Zurückziehen
revoke-question = Einladung zurückziehen?
compliance-title = Datenhaltung
compliance-as-of = Stand: { $date }.
compliance-erasures = Löschungen und Bedingungen
compliance-pending = Warten auf Löschung
compliance-due = Jetzt fällig
compliance-grace = Bedenkzeit
compliance-terms = Geltende Bedingungen
compliance-no-terms = Keine verlangt
compliance-categories = Was gespeichert ist
compliance-category = Kategorie
compliance-rows = Zeilen
compliance-oldest = Älteste
compliance-retention = Aufbewahrung
compliance-jobs = Was gelöscht wurde
compliance-job = Aufgabe
compliance-finished = Letzter Lauf
compliance-deleted = Zeilen zuletzt
compliance-deleted-all = Zeilen insgesamt

## Ereignisse

event-other = { $kind }
event-account-registered = Konto erstellt
event-account-created = Konto durch die Verwaltung erstellt
event-account-updated = Profil geändert
event-account-disabled = Konto deaktiviert
event-account-enabled = Konto aktiviert
event-account-locked = Zu viele falsche Passwörter
event-account-unlocked = Konto entsperrt
event-account-exported = Kopie der Daten heruntergeladen
event-account-erasure_requested = Löschung beantragt
event-account-erasure_cancelled = Löschung zurückgenommen
event-account-erased = Konto gelöscht
event-account-roles_changed = Rollen geändert
event-account-avatar_changed = Bild geändert
event-account-avatar_removed = Bild entfernt
event-account-reclaimed = Konto vom Inhaber der Adresse übernommen
event-consent-given = Bedingungen zugestimmt
event-registration-declined = Registrierung abgelehnt
event-email-verification_requested = Bestätigung der Adresse angefordert
event-email-verified = Adresse bestätigt
event-email-change_requested = Änderung der Adresse angefordert
event-email-changed = Adresse geändert
event-login-succeeded = Angemeldet
event-login-failed = Fehlgeschlagener Anmeldeversuch
event-login-anomalous = Ungewöhnliche Anmeldung
event-step_up-succeeded = Bestätigt, dass Sie es sind
event-step_up-failed = Fehlgeschlagene Bestätigung
event-password-rehashed = Gespeichertes Passwort erneuert
event-password-changed = Passwort geändert
event-password-reset_requested = Link für ein neues Passwort angefordert
event-password-reset = Neues Passwort per Link festgelegt
event-password-change_required = Neues Passwort verlangt
event-first_credential-requested = Link für ein erstes Passwort oder einen Passkey angefordert
event-password-set = Erstes Passwort festgelegt
event-invitation-created = Einladung gesendet
event-invitation-revoked = Einladung zurückgezogen
event-invitation-accepted = Einladung angenommen
event-application-created = Anwendung angelegt
event-application-removed = Anwendung entfernt
event-access-denied = Zugriff verweigert
event-audit-exported = Sicherheitsereignisse exportiert
event-reason = Grund: { $reason }
event-session-ended = Abgemeldet
event-sessions-ended = Sitzungen beendet
event-sessions-all_revoked = Alle Sitzungen aller Personen beendet
event-signing_key-rotated = Schlüssel der Zugriffstoken gewechselt
event-signing_key-retired = Schlüssel der Zugriffstoken zurückgezogen
event-root_key-rotated = Schlüssel der Sitzungen gewechselt
event-root_key-retired = Schlüssel der Sitzungen zurückgezogen
event-refresh_token-replayed = Sitzung beendet: möglicherweise kopiert
event-refresh_token-unconfirmed = Sitzung beendet: letzte Erneuerung nie verwendet
event-refresh_token-regressed = Sitzung nach einer Wiederherstellung beendet
event-factor-enrolled = Zweiter Faktor eingerichtet
event-factor-removed = Zweiter Faktor entfernt
event-factor-failed = Falscher zweiter Faktor
event-factor-locked = Zweiter Faktor vorübergehend gesperrt
event-factors-reset = Zweite Faktoren zurückgesetzt
event-identity-linked = Anmeldung über einen anderen Anbieter hinzugefügt
event-identity-removed = Anmeldung über einen anderen Anbieter entfernt
event-mfa-challenged = Nach dem zweiten Faktor gefragt
event-backup_codes-generated = Ersatzcodes erstellt
event-backup_code-used = Ersatzcode verwendet
event-sms_code-sent = Code per SMS gesendet
event-device-trusted = Gerät als vertraut markiert
event-device-removed = Gerät nicht mehr vertraut

## Fehler: was geschehen ist, was sicher ist, was zu tun ist

error-unexpected = Bei uns ist etwas schiefgegangen. Geändert wurde nur, was Sie hier sehen. Versuchen Sie es erneut. Kennung: { $reference }
error-internal = Bei uns ist etwas schiefgegangen. Versuchen Sie es gleich noch einmal. Kennung: { $reference }
error-unreachable = { $product } ist nicht erreichbar. Es wurde nichts geändert. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.
error-unavailable = { $product } ist gerade nicht verfügbar. Versuchen Sie es gleich noch einmal.
error-overloaded = Gerade ist viel los. Versuchen Sie es in { $wait } erneut.
error-request_timeout = Das hat zu lange gedauert. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.
error-superseded = Ein anderes Fenster war schneller. Laden Sie die Seite neu.
error-unconfirmed = Wir wissen nicht, ob das geklappt hat. Laden Sie die Seite neu, bevor Sie es wiederholen.
error-invalid_credentials = Dieses Passwort passt nicht zum Konto.
error-login-invalid_credentials = Dieses Passwort passt nicht zum Konto. Prüfen Sie es oder setzen Sie es zurück.
error-step-up-invalid_credentials = Dieses Passwort passt nicht zum Konto. Prüfen Sie es und versuchen Sie es erneut.
error-password-change-invalid_credentials = Das bisherige Passwort stimmt nicht. Prüfen Sie es und versuchen Sie es erneut.
error-account_not_active = Mit diesem Konto ist keine Anmeldung möglich. Fragen Sie den Support von { $product }.
error-email_not_verified = Ihre Adresse ist noch nicht bestätigt. Öffnen Sie den Link, den wir gesendet haben, oder lassen Sie ihn erneut senden.
error-mfa_reset_pending = Ihre zweiten Faktoren wurden zurückgesetzt. Zur Sicherheit können Sie sich erst in { $wait } anmelden. Wenn Sie das nicht wollten, wenden Sie sich jetzt an den Support.
error-mfa_code_invalid = Dieser Code stimmt nicht. Geben Sie den ein, der jetzt angezeigt wird.
error-challenge_invalid = Das hat zu lange gedauert. Beginnen Sie noch einmal.
error-connect-mfa_code_invalid = Dieser Code stimmt nicht. Prüfen Sie die Uhrzeit Ihres Telefons und geben Sie den Code ein, der jetzt angezeigt wird.
error-rate_limited = Zu viele Versuche. Warten Sie { $wait }.
error-login-rate_limited = Zu viele Versuche. Warten Sie { $wait }, oder nehmen Sie Ihren Passkey.
error-captcha_required = Wir konnten nicht erkennen, ob Sie ein Mensch sind. Versuchen Sie es erneut.
error-captcha_invalid = Die Prüfung hat zu lange gedauert. Versuchen Sie es erneut.
error-csrf_failed = Diese Seite war zu lange offen. Laden Sie sie neu.
error-forbidden = Dazu sind Sie nicht berechtigt.
error-register-forbidden = Zurzeit lassen sich keine neuen Konten erstellen, oder nicht mit dieser Adresse.
error-administration-forbidden = Ihre Rolle erlaubt das nicht, oder nicht bei dieser Person.
error-not_found = Das gibt es nicht mehr.
error-conflict = Das passt nicht zum jetzigen Stand. { $detail }
error-factor-conflict = Ihr Konto braucht einen zweiten Faktor. Richten Sie zuerst einen anderen ein.
error-sms-conflict = Richten Sie zuerst einen Passkey oder eine App ein. SMS geht nur daneben.
error-passkey-conflict = Dieser Passkey ist schon eingerichtet, oder es sind zu viele.
error-first-credential-challenge_invalid = Dieser Link ist abgelaufen oder schon verwendet. Fordern Sie einen neuen an.
error-first-credential-forbidden = Dieser Link gehört zu einer anderen Sitzung. Fordern Sie hier einen neuen an.
error-passkey_known = Auf diesem Gerät gibt es schon einen Passkey für Ihr Konto. Nehmen Sie ein anderes Gerät.
error-federation_failed = Die Anmeldung beim anderen Anbieter ist nicht gelungen oder hat zu lange gedauert. Es wurde nichts geändert. Beginnen Sie noch einmal.
error-federation_cancelled = Sie sind beim anderen Anbieter umgekehrt. Es wurde nichts geändert.
error-provider_unavailable = Der andere Anbieter ist gerade nicht erreichbar. Versuchen Sie es gleich noch einmal, oder melden Sie sich auf andere Weise an.
error-federation_email_missing = Der andere Anbieter hat uns keine Adresse mitgeteilt. Geben Sie eine ein.
error-account_exists = Sie haben schon ein Konto. Melden Sie sich an und verknüpfen Sie den anderen Anbieter dort.
error-provider-forbidden = Sie haben hier noch kein Konto, und neue können gerade nicht angelegt werden.
error-provider-validation_failed-invalid = An diese Adresse können wir nicht schreiben. Prüfen Sie sie auf Tippfehler.
error-provider-validation_failed-wrong = Das ist nicht der Code aus der neuesten E-Mail. Prüfen Sie ihn und versuchen Sie es noch einmal.
error-provider-link-conflict = Vielleicht gehört es zu einem anderen Konto hier, oder Ihre eigene Adresse ist noch nicht bestätigt. Es wurde nichts geändert.
error-linked-conflict = Das ist Ihr letzter Anmeldeweg. Legen Sie ein Passwort fest oder fügen Sie einen Passkey hinzu, und entfernen Sie ihn dann.
error-email_taken = Zu dieser Adresse gibt es schon ein Konto. Melden Sie sich an, oder legen Sie ein neues Passwort fest.
error-invite-email_taken = Zu dieser Adresse gibt es schon ein Konto.
error-mfa_enrollment_required = Dafür brauchen Sie einen zweiten Faktor. Richten Sie zuerst einen ein.
error-step_up_required = Dafür brauchen wir Ihre Bestätigung.
error-payload_too_large = Diese Datei ist zu groß.
error-picture-payload_too_large = Dieses Bild ist zu groß. Wählen Sie ein kleineres.
error-picture-unsupported_media_type = Wählen Sie PNG, JPEG, WebP oder GIF.
error-picture-validation_failed = Dieses Bild lässt sich nicht lesen. Wählen Sie ein anderes.
error-picture-validation_failed-damaged = Dieses Bild ist beschädigt. Wählen Sie ein anderes.
error-picture-validation_failed-too_many_pixels = Dieses Bild hat zu viele Pixel. Wählen Sie ein kleineres.
error-validation_failed = Prüfen Sie diese Angabe. { $detail }
error-validation_failed-invalid_email = An diese Adresse können wir nicht schreiben. Prüfen Sie, ob Sie sich vertippt haben.
error-validation_failed-invalid_phone = Geben Sie die Nummer mit Landesvorwahl ein, etwa +49 30 23125 000.
error-validation_failed-phone_not_allowed = An solche Nummern senden wir keine Codes. Verwenden Sie eine andere.
error-validation_failed-unchanged = Diese Adresse haben Sie bereits.
error-validation_failed-must_accept = Stimmen Sie den geltenden Nutzungsbedingungen zu.
error-weak_password = Wählen Sie ein stärkeres Passwort.
error-weak_password-too_short = Das ist zu kurz. Ergänzen Sie einige Wörter.
error-weak_password-too_long = Das ist zu lang. Höchstens 256 Zeichen sind möglich.
error-weak_password-forbidden_characters = Darin sind Zeichen, die sich nicht überall eintippen lassen. Lassen Sie sie weg.
error-weak_password-common_password = Dieses Passwort verwenden viele, deshalb wird es zuerst ausprobiert. Wählen Sie ein anderes.
error-weak_password-own_data = Das ähnelt Ihrem Namen oder Ihrer Adresse zu sehr. Wählen Sie etwas ohne Bezug.
error-weak_password-too_guessable = Das ist leicht zu erraten. Ergänzen Sie einige Wörter ohne Zusammenhang.
error-weak_password-unchanged = Das ist Ihr jetziges Passwort. Wählen Sie ein anderes.
error-breached_password = Dieses Passwort ist bei einem anderen Dienst bekannt geworden. Wählen Sie ein anderes, und ändern Sie es überall, wo Sie es verwenden.
error-breached_password-breached = Dieses Passwort ist bei einem anderen Dienst bekannt geworden. Wählen Sie ein anderes, und ändern Sie es überall, wo Sie es verwenden.
