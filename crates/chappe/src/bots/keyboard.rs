use chappe_api::{enums, types};

/// A button under a message.
///
/// ```
/// use chappe::bots::InlineButton;
///
/// let yes = InlineButton::callback("Yes", b"yes");
/// let site = InlineButton::url("Site", "https://example.org/").primary();
/// # drop((yes, site));
/// ```
///
/// Source: <https://core.telegram.org/api/bots/buttons>
#[derive(Clone, Debug, PartialEq)]
#[must_use = "it is in no keyboard yet"]
pub struct InlineButton(types::KeyboardInlineButton);

impl InlineButton {
    /// A button of a kind that there is no function for here.
    ///
    /// ```
    /// use chappe::bots::InlineButton;
    /// use chappe::types::InlineButtonTypeWebView;
    ///
    /// let shop = InlineButton::new("Shop", InlineButtonTypeWebView { url: "https://example.org/shop".to_owned() });
    /// # drop(shop);
    /// ```
    pub fn new(text: impl Into<String>, kind: impl Into<enums::InlineButtonType>) -> Self {
        Self(types::KeyboardInlineButton { style: None, text: text.into(), r#type: kind.into() })
    }

    /// Asks the bot: it gets these bytes, at most 64.
    ///
    /// ```
    /// use chappe::bots::{InlineButton, InlineKeyboard};
    ///
    /// // What comes back in `CallbackQuery::data`.
    /// let button = |stars: u8| InlineButton::callback("★".repeat(stars.into()), [stars]);
    /// let keyboard = InlineKeyboard::new().row((1..=5).map(button));
    /// # drop(keyboard);
    /// ```
    pub fn callback(text: impl Into<String>, data: impl Into<Vec<u8>>) -> Self {
        Self::new(text, types::InlineButtonTypeCallback { requires_password: false, data: data.into() })
    }

    /// Opens a link.
    ///
    /// ```
    /// use chappe::bots::InlineButton;
    ///
    /// let site = InlineButton::url("Timetable", "https://example.org/timetable");
    /// # drop(site);
    /// ```
    pub fn url(text: impl Into<String>, url: impl Into<String>) -> Self {
        Self::new(text, types::InlineButtonTypeUrl { url: url.into() })
    }

    /// Has the user choose a chat and ask the bot inline there.
    ///
    /// ```
    /// use chappe::bots::{InlineButton, InlineKeyboard};
    ///
    /// let keyboard = InlineKeyboard::new()
    ///     .row([InlineButton::switch_inline("Send it to a friend", "joke 17")])
    ///     .row([InlineButton::switch_inline_here("Another one", "joke")])
    ///     .row([InlineButton::copy("Copy the number", "17"), InlineButton::callback("Forget it", *b"no").danger()]);
    /// # drop(keyboard);
    /// ```
    pub fn switch_inline(text: impl Into<String>, query: impl Into<String>) -> Self {
        let kind =
            types::InlineButtonTypeSwitchInline { same_peer: false, query: query.into(), peer_types: None };
        Self::new(text, kind)
    }

    /// Asks the bot inline in the same chat.
    ///
    /// ```
    /// use chappe::bots::InlineButton;
    ///
    /// let another = InlineButton::switch_inline_here("Another one", "joke");
    /// # drop(another);
    /// ```
    pub fn switch_inline_here(text: impl Into<String>, query: impl Into<String>) -> Self {
        let kind =
            types::InlineButtonTypeSwitchInline { same_peer: true, query: query.into(), peer_types: None };
        Self::new(text, kind)
    }

    /// Copies a text.
    ///
    /// ```
    /// use chappe::bots::InlineButton;
    ///
    /// let voucher = InlineButton::copy("Copy the voucher", "SEMAPHORE-1794");
    /// # drop(voucher);
    /// ```
    pub fn copy(text: impl Into<String>, copied: impl Into<String>) -> Self {
        Self::new(text, types::InlineButtonTypeCopy { copy_text: copied.into() })
    }

    /// Makes it stand out.
    ///
    /// ```
    /// use chappe::bots::{InlineButton, InlineKeyboard};
    ///
    /// let pay = InlineButton::callback("Pay", *b"pay").primary();
    /// let keyboard = InlineKeyboard::new().row([pay, InlineButton::callback("Later", *b"later")]);
    /// # drop(keyboard);
    /// ```
    pub fn primary(mut self) -> Self {
        self.0.style.get_or_insert_with(plain).bg_primary = true;
        self
    }

    /// Warns of what it does.
    ///
    /// ```
    /// use chappe::bots::{InlineButton, InlineKeyboard};
    ///
    /// let delete = InlineButton::callback("Delete all", *b"delete").danger();
    /// let keyboard = InlineKeyboard::new().row([InlineButton::callback("Keep", *b"keep"), delete]);
    /// # drop(keyboard);
    /// ```
    pub fn danger(mut self) -> Self {
        self.0.style.get_or_insert_with(plain).bg_danger = true;
        self
    }
}

fn plain() -> types::KeyboardButtonStyle {
    types::KeyboardButtonStyle { bg_primary: false, bg_danger: false, bg_success: false, icon: None }
}

/// Buttons under a message, row by row.
///
/// ```
/// use chappe::bots::{InlineButton, InlineKeyboard};
///
/// let keyboard = InlineKeyboard::new()
///     .row([InlineButton::callback("Yes", b"yes"), InlineButton::callback("No", b"no")])
///     .row([InlineButton::url("More", "https://example.org/")]);
/// # drop(keyboard);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "it is under no message yet"]
pub struct InlineKeyboard {
    rows: Vec<types::KeyboardInlineButtonRow>,
}

impl InlineKeyboard {
    /// No buttons.
    ///
    /// ```
    /// use chappe::{bots::InlineKeyboard, enums::ReplyMarkup};
    ///
    /// let ReplyMarkup::InlineMarkup(none) = ReplyMarkup::from(InlineKeyboard::new()) else { unreachable!() };
    /// assert!(none.rows.is_empty()); // given to `edit`, it takes the buttons away
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row.
    ///
    /// ```
    /// use chappe::bots::{InlineButton, InlineKeyboard};
    /// use chappe::enums::ReplyMarkup;
    ///
    /// let digit = |n: u8| InlineButton::callback(n.to_string(), [n]);
    /// let keyboard = InlineKeyboard::new().row([1, 2, 3].map(digit)).row([4, 5, 6].map(digit)).row([digit(0)]);
    /// let ReplyMarkup::InlineMarkup(markup) = ReplyMarkup::from(keyboard) else { unreachable!() };
    /// assert_eq!(markup.rows.iter().map(|row| row.buttons.len()).collect::<Vec<_>>(), [3, 3, 1]);
    /// ```
    pub fn row(mut self, buttons: impl IntoIterator<Item = InlineButton>) -> Self {
        let buttons = buttons.into_iter().map(|button| button.0).collect();
        self.rows.push(types::KeyboardInlineButtonRow { buttons });
        self
    }
}

impl From<InlineKeyboard> for enums::ReplyMarkup {
    fn from(keyboard: InlineKeyboard) -> Self {
        types::ReplyInlineMarkup { force_reply: false, rows: keyboard.rows }.into()
    }
}

/// A button in the place of the keyboard. Pressed, it sends its text.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// let keyboard = chappe::bots::ReplyKeyboard::new().row([chappe::bots::Button::request_location("Where I am")]);
/// client.send(chat, "Where are you?").reply_markup(keyboard).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "it is in no keyboard yet"]
pub struct Button(types::KeyboardButton);

impl Button {
    /// A button of a kind that there is no function for here.
    ///
    /// ```
    /// use chappe::bots::Button;
    /// use chappe::types::ButtonTypeSimpleWebView;
    ///
    /// let url = "https://example.org/form".to_owned();
    /// let form = Button::new("Fill in the form", ButtonTypeSimpleWebView { url });
    /// # drop(form);
    /// ```
    pub fn new(text: impl Into<String>, kind: impl Into<enums::ButtonType>) -> Self {
        Self(types::KeyboardButton { style: None, text: text.into(), r#type: kind.into() })
    }

    /// Sends its text.
    ///
    /// ```
    /// use chappe::bots::{Button, ReplyKeyboard};
    ///
    /// let keyboard = ReplyKeyboard::new().row([Button::text("No"), Button::request_phone("Yes, by telephone")]);
    /// # drop(keyboard);
    /// ```
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(text, enums::ButtonType::Default)
    }

    /// Sends the user's phone number, if they agree.
    ///
    /// ```no_run
    /// use chappe::bots::{Button, ReplyKeyboard};
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let keyboard = ReplyKeyboard::new().row([Button::request_phone("Tell my number")]).resize().single_use();
    /// client.send(chat, "How can we reach you?").reply_markup(keyboard).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn request_phone(text: impl Into<String>) -> Self {
        Self::new(text, enums::ButtonType::RequestPhone)
    }

    /// Sends where the user is, if they agree.
    ///
    /// ```no_run
    /// use chappe::bots::{Button, ReplyKeyboard};
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let keyboard = ReplyKeyboard::new().row([Button::request_location("Here")]).resize().single_use();
    /// client.send(chat, "Where shall the taxi come to?").reply_markup(keyboard).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn request_location(text: impl Into<String>) -> Self {
        Self::new(text, enums::ButtonType::RequestGeoLocation)
    }
}

impl<T: Into<String>> From<T> for Button {
    fn from(text: T) -> Self {
        Self::text(text)
    }
}

/// Buttons in the place of the keyboard, row by row.
///
/// ```
/// use chappe::bots::{Button, ReplyKeyboard};
///
/// let keyboard = ReplyKeyboard::new()
///     .row(["Yes", "No"])
///     .row([Button::request_phone("My number")])
///     .resize()
///     .placeholder("Choose");
/// # drop(keyboard);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "it is shown to nobody yet"]
pub struct ReplyKeyboard(types::ReplyKeyboardMarkup);

impl Default for ReplyKeyboard {
    fn default() -> Self {
        Self::new()
    }
}

impl ReplyKeyboard {
    /// No buttons.
    ///
    /// ```
    /// use chappe::{bots::ReplyKeyboard, enums::ReplyMarkup};
    ///
    /// let keyboard = ReplyKeyboard::new().row(["Yes", "No"]);
    /// let ReplyMarkup::KeyboardMarkup(markup) = ReplyMarkup::from(keyboard) else { unreachable!() };
    /// assert!(!markup.resize && !markup.single_use && !markup.selective && !markup.persistent);
    /// ```
    pub fn new() -> Self {
        Self(types::ReplyKeyboardMarkup {
            resize: false,
            single_use: false,
            selective: false,
            persistent: false,
            force_reply: false,
            rows: Vec::new(),
            placeholder: None,
        })
    }

    /// Adds a row.
    ///
    /// ```
    /// use chappe::{bots::ReplyKeyboard, enums::ReplyMarkup};
    ///
    /// let keyboard = ReplyKeyboard::new().row(["Monday", "Tuesday"]).row(["On no day"]);
    /// let ReplyMarkup::KeyboardMarkup(markup) = ReplyMarkup::from(keyboard) else { unreachable!() };
    /// assert_eq!((markup.rows[0].buttons.len(), markup.rows[1].buttons.len()), (2, 1));
    /// ```
    pub fn row<B: Into<Button>>(mut self, buttons: impl IntoIterator<Item = B>) -> Self {
        let buttons = buttons.into_iter().map(|button| button.into().0).collect();
        self.0.rows.push(types::KeyboardButtonRow { buttons });
        self
    }

    /// Makes it only as high as its rows need.
    ///
    /// ```
    /// use chappe::{bots::ReplyKeyboard, enums::ReplyMarkup};
    ///
    /// let keyboard = ReplyKeyboard::new().row(["Yes", "No"]).resize(); // one row needs no half of the screen
    /// assert!(matches!(ReplyMarkup::from(keyboard), ReplyMarkup::KeyboardMarkup(markup) if markup.resize));
    /// ```
    pub fn resize(mut self) -> Self {
        self.0.resize = true;
        self
    }

    /// Hides it once it was used.
    ///
    /// ```
    /// use chappe::bots::ReplyKeyboard;
    ///
    /// let keyboard = ReplyKeyboard::new()
    ///     .row(["Yes", "No"])
    ///     .resize()
    ///     .single_use() // gone after the answer
    ///     .selective() // and not shown to the rest of the group
    ///     .placeholder("Yes or no?");
    /// # drop(keyboard);
    /// ```
    pub fn single_use(mut self) -> Self {
        self.0.single_use = true;
        self
    }

    /// Shows it only to those whom the message mentions or answers.
    ///
    /// ```no_run
    /// use chappe::bots::ReplyKeyboard;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// // In a group: only whoever wrote message 17 is asked.
    /// let keyboard = ReplyKeyboard::new().row(["Yes", "No"]).selective();
    /// client.send(chat, "Are you sure?").reply_to(17).reply_markup(keyboard).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn selective(mut self) -> Self {
        self.0.selective = true;
        self
    }

    /// Shows it always.
    ///
    /// ```
    /// use chappe::{bots::ReplyKeyboard, enums::ReplyMarkup};
    ///
    /// let menu = ReplyKeyboard::new().row(["Balance", "History", "Help"]).resize().persistent();
    /// assert!(matches!(ReplyMarkup::from(menu), ReplyMarkup::KeyboardMarkup(markup) if markup.persistent));
    /// ```
    pub fn persistent(mut self) -> Self {
        self.0.persistent = true;
        self
    }

    /// What stands in the empty field for words.
    ///
    /// ```
    /// use chappe::{bots::ReplyKeyboard, enums::ReplyMarkup};
    ///
    /// let keyboard = ReplyKeyboard::new().row(["Today", "Tomorrow"]).placeholder("or any other day");
    /// let ReplyMarkup::KeyboardMarkup(markup) = ReplyMarkup::from(keyboard) else { unreachable!() };
    /// assert_eq!(markup.placeholder.as_deref(), Some("or any other day"));
    /// ```
    pub fn placeholder(mut self, text: impl Into<String>) -> Self {
        self.0.placeholder = Some(text.into());
        self
    }
}

impl From<ReplyKeyboard> for enums::ReplyMarkup {
    fn from(keyboard: ReplyKeyboard) -> Self {
        keyboard.0.into()
    }
}

/// Takes the keyboard of a bot away.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// client.send(chat, "Thank you.").reply_markup(chappe::bots::hide_keyboard()).await?;
/// # Ok(())
/// # }
/// ```
pub fn hide_keyboard() -> enums::ReplyMarkup {
    types::ReplyKeyboardHide { selective: false }.into()
}

/// Has the user answer the message, as if they had chosen to.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// client.send(chat, "What is your name?").reply_markup(chappe::bots::force_reply()).await?;
/// # Ok(())
/// # }
/// ```
pub fn force_reply() -> enums::ReplyMarkup {
    types::ReplyKeyboardForceReply { single_use: false, selective: false, placeholder: None }.into()
}
