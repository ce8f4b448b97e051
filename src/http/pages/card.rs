//! The one card that a page without script shows: what it is about, what can be done, and ways on.

/// The icon, which also says how serious the matter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Icon {
    Mail,
    Key,
    Shield,
    Done,
    Warning,
}

impl Icon {
    pub const fn tone(self) -> &'static str {
        match self {
            Self::Mail | Self::Key | Self::Shield => "accent",
            Self::Done => "success",
            Self::Warning => "warning",
        }
    }

    /// The drawing in a square of 24.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Mail => "M3 6h18v12H3zM3 7l9 6 9-6",
            Self::Key => {
                "M14 10a4 4 0 1 0-3.6 4L12 15.500V18h2.500v2.500H18V17l-4.300-4.300A4 4 0 0 0 14 10z"
            }
            Self::Shield => "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z",
            Self::Done => "M5 12.500l4.500 4.500L19 7.500",
            Self::Warning => "M12 4l9 16H3zM12 10v4M12 17v.500",
        }
    }
}

/// A page of one card.
#[derive(Debug)]
pub(super) struct Card {
    pub icon: Icon,
    pub title: String,
    pub sentences: Vec<String>,
    pub facts: Vec<(String, String)>,
    /// What went wrong, unless a field says so.
    pub error: Option<String>,
    pub form: Option<CardForm>,
    pub links: Vec<(String, String)>,
}

/// The form of a card.
#[derive(Debug)]
pub(super) struct CardForm {
    /// Which of the page's deeds it does.
    pub step: &'static str,
    pub button: String,
    pub is_danger: bool,
    pub fields: Vec<Field>,
    /// The address, for password managers.
    pub username: Option<String>,
    /// The address of the CAPTCHA that the form must be sent with the answer to. It is shown in a frame, by the one script
    /// that such a card has.
    pub captcha: Option<String>,
}

/// A field of a form.
#[derive(Debug)]
pub(super) struct Field {
    pub name: &'static str,
    pub label: String,
    pub hint: Option<String>,
    pub error: Option<String>,
    pub kind: FieldKind,
    /// What was typed before; never a password.
    pub value: String,
    pub is_required: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldKind {
    NewPassword,
    CurrentPassword,
    /// Of an authenticator app, or a backup code.
    Code,
    Email,
    Name,
    /// A word that a program would not type.
    Word,
    Check,
}

impl FieldKind {
    pub const fn input(self) -> &'static str {
        match self {
            Self::NewPassword | Self::CurrentPassword => "password",
            Self::Email => "email",
            Self::Check => "checkbox",
            Self::Code | Self::Name | Self::Word => "text",
        }
    }

    pub const fn autocomplete(self) -> &'static str {
        match self {
            Self::NewPassword => "new-password",
            Self::CurrentPassword => "current-password",
            Self::Code => "one-time-code",
            Self::Email => "email",
            Self::Name => "name",
            Self::Word | Self::Check => "off",
        }
    }

    pub const fn is_check(self) -> bool {
        matches!(self, Self::Check)
    }
}

impl Card {
    pub fn new(icon: Icon, title: String) -> Self {
        Self {
            icon,
            title,
            sentences: Vec::new(),
            facts: Vec::new(),
            error: None,
            form: None,
            links: Vec::new(),
        }
    }

    #[must_use]
    pub fn say(mut self, sentence: String) -> Self {
        self.sentences.push(sentence);
        self
    }

    #[must_use]
    pub fn fact(mut self, label: String, value: String) -> Self {
        self.facts.push((label, value));
        self
    }

    #[must_use]
    pub fn with(mut self, form: CardForm) -> Self {
        self.form = Some(form);
        self
    }

    #[must_use]
    pub fn link(mut self, label: String, href: String) -> Self {
        self.links.push((label, href));
        self
    }

    /// The card again, with what was wrong: at the field if the form has it.
    #[must_use]
    pub fn refused(mut self, field: Option<&str>, message: String) -> Self {
        let fields = self.form.as_mut().map(|form| form.fields.as_mut_slice()).unwrap_or_default();
        match fields.iter_mut().find(|own| Some(own.name) == field) {
            Some(field) => field.error = Some(message),
            None => self.error = Some(message),
        }
        self
    }
}

impl CardForm {
    pub const fn new(step: &'static str, button: String) -> Self {
        Self { step, button, is_danger: false, fields: Vec::new(), username: None, captcha: None }
    }

    #[must_use]
    pub const fn danger(mut self) -> Self {
        self.is_danger = true;
        self
    }

    #[must_use]
    pub fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    #[must_use]
    pub fn of(mut self, username: Option<String>) -> Self {
        self.username = username;
        self
    }

    #[must_use]
    pub fn challenged(mut self, captcha: Option<String>) -> Self {
        self.captcha = captcha;
        self
    }
}

impl Field {
    pub const fn new(name: &'static str, kind: FieldKind, label: String) -> Self {
        Self { name, label, hint: None, error: None, kind, value: String::new(), is_required: true }
    }

    #[must_use]
    pub fn hint(mut self, hint: String) -> Self {
        self.hint = Some(hint);
        self
    }

    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        value.clone_into(&mut self.value);
        self
    }

    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.is_required = false;
        self
    }

    /// The ids of what describes the field.
    pub fn described_by(&self) -> Option<String> {
        if self.error.is_some() {
            return Some(format!("{}-error", self.name));
        }
        self.hint.as_ref().map(|_| format!("{}-hint", self.name))
    }
}
