use chappe_api::{enums, functions, types};

use crate::error::{Error, ErrorKind};
use crate::messages::Message;

/// What came of pressing a button.
///
/// ```no_run
/// # async fn run(message: chappe::Message, client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
/// match message.press("More").await? {
///     chappe::bots::Pressed::Url(url) => println!("to be opened: {url}"),
///     other => println!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Pressed {
    /// The bot's answer.
    Answer(types::messages::BotCallbackAnswer),
    /// A text to put on the clipboard.
    Copy(String),
    /// The text of the button was sent.
    Sent(Box<Message>),
    /// A question to ask the bot inline; in the same chat, or in one to choose.
    SwitchInline {
        /// The question.
        query: String,
        /// Whether the same chat is meant.
        here: bool,
    },
    /// A link to open.
    Url(String),
}

impl Message {
    /// Presses the first button with this text: asks the bot, sends the text of a keyboard's button, or tells what is to
    /// be opened.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message) -> Result<(), chappe::Error> {
    /// use chappe::bots::Pressed;
    ///
    /// if let Pressed::Answer(answer) = message.press("Yes").await? {
    ///     println!("{}", answer.message.unwrap_or_default());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if there is no such button, or one that only an official program can press; the server
    /// refuses: `BOT_RESPONSE_TIMEOUT` …
    pub async fn press(&self, text: &str) -> Result<Pressed, Error> {
        let missing = || Error::new(ErrorKind::Argument, format!("the message has no button {text:?}"));
        match self.reply_markup() {
            Some(enums::ReplyMarkup::InlineMarkup(markup)) => {
                let mut buttons = markup.rows.iter().flat_map(|row| &row.buttons);
                let button = buttons.find(|button| button.text == text).ok_or_else(missing)?;
                self.press_inline(&button.r#type).await
            }
            Some(enums::ReplyMarkup::KeyboardMarkup(markup)) => {
                let mut buttons = markup.rows.iter().flat_map(|row| &row.buttons);
                let button = buttons.find(|button| button.text == text).ok_or_else(missing)?;
                match button.r#type {
                    enums::ButtonType::Default => Ok(Pressed::Sent(Box::new(self.respond(text).await?))),
                    _ => Err(unsupported()),
                }
            }
            _ => Err(missing()),
        }
    }

    async fn press_inline(&self, kind: &enums::InlineButtonType) -> Result<Pressed, Error> {
        use enums::InlineButtonType as T;
        Ok(match kind {
            T::Callback(button) if button.requires_password => return Err(unsupported()),
            T::Callback(button) => Pressed::Answer(self.press_data(button.data.clone()).await?),
            T::Url(button) => Pressed::Url(button.url.clone()),
            T::Copy(button) => Pressed::Copy(button.copy_text.clone()),
            T::SwitchInline(button) => {
                Pressed::SwitchInline { query: button.query.clone(), here: button.same_peer }
            }
            _ => return Err(unsupported()),
        })
    }

    /// Asks the bot as a button with these bytes does, and waits for its answer.
    ///
    /// ```no_run
    /// # async fn run(message: chappe::Message, client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let answer = message.press_data(*b"yes").await?;
    /// println!("{}", answer.message.unwrap_or_default());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `DATA_INVALID`, `BOT_RESPONSE_TIMEOUT` …
    pub async fn press_data(
        &self,
        data: impl Into<Vec<u8>>,
    ) -> Result<types::messages::BotCallbackAnswer, Error> {
        let request = functions::messages::GetBotCallbackAnswer {
            game: false,
            peer: self.client().input_peer(self.chat())?,
            msg_id: self.id(),
            data: Some(data.into()),
            password: None,
        };
        Ok(self.client().invoke(request).await?)
    }
}

fn unsupported() -> Error {
    Error::new(ErrorKind::Argument, "buttons of this kind can be pressed in official programs only")
}
