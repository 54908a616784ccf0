use chappe_api::{enums, functions};

use crate::client::Client;
use crate::error::Error;
use crate::markup::FormattedText;
use crate::messages::content::{Content, syntax};
use crate::messages::{Media, into_call};

/// Edits a message that was sent inline. From [`Client::edit_inline`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, id: chappe::enums::InputBotInlineMessageId) -> Result<(), chappe::Error> {
/// client.edit_inline(id, "<b>Done.</b>").html().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is edited until it is awaited"]
pub struct EditInline {
    client: Client,
    id: enums::InputBotInlineMessageId,
    content: Content,
    media: Option<Media>,
    markup: Option<enums::ReplyMarkup>,
}

impl Client {
    /// Changes a message that somebody sent by way of this bot. Its id comes with `updateBotInlineSend` and with pressed
    /// buttons.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, id: chappe::enums::InputBotInlineMessageId) -> Result<(), chappe::Error> {
    /// client.edit_inline(id, "**Done.**").markdown().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: the server refuses: `MESSAGE_ID_INVALID`, `MESSAGE_NOT_MODIFIED` …
    pub fn edit_inline(
        &self,
        id: impl Into<enums::InputBotInlineMessageId>,
        text: impl Into<FormattedText>,
    ) -> EditInline {
        EditInline {
            client: self.clone(),
            id: id.into(),
            content: Content::new(text),
            media: None,
            markup: None,
        }
    }
}

impl EditInline {
    syntax!(content, "client.edit_inline(inline, ", ".await?;");

    /// Puts other media in the place of those that it has.
    ///
    /// ```no_run
    /// use chappe::types::InputMediaPhoto;
    ///
    /// # async fn run(
    /// #     client: chappe::Client,
    /// #     id: chappe::enums::InputBotInlineMessageId,
    /// #     photo: chappe::types::InputPhoto,
    /// # ) -> Result<(), chappe::Error> {
    /// let photo_id = photo.into();
    /// let photo = InputMediaPhoto { spoiler: false, live_photo: false, id: photo_id, ttl_seconds: None, video: None };
    /// client.edit_inline(id, "The next one").media(photo).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn media(mut self, media: impl Into<Media>) -> Self {
        self.media = Some(media.into());
        self
    }

    /// Puts other buttons under it; without this they go.
    ///
    /// ```no_run
    /// use chappe::bots::{InlineButton, InlineKeyboard};
    ///
    /// # async fn run(client: chappe::Client, id: chappe::enums::InputBotInlineMessageId) -> Result<(), chappe::Error> {
    /// let again = InlineKeyboard::new().row([InlineButton::callback("Again", *b"again")]);
    /// client.edit_inline(id, "You lost.").reply_markup(again).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reply_markup(mut self, markup: impl Into<enums::ReplyMarkup>) -> Self {
        self.markup = Some(markup.into());
        self
    }

    async fn call(self) -> Result<(), Error> {
        let Self { client, id, content, media, markup } = self;
        let (message, entities) = content.read(&client)?;
        let request = functions::messages::EditInlineBotMessage {
            no_webpage: false,
            invert_media: false,
            id,
            message: Some(message),
            media: media.map(|media| media.input),
            reply_markup: markup,
            entities,
            rich_message: None,
        };
        client.invoke(request).await?;
        Ok(())
    }
}

into_call!(EditInline => ());
