use chappe_api::{enums, functions};

use super::Message;
use super::content::{Content, syntax};
use super::media::{Carried, carrying};
use crate::client::Client;
use crate::error::Error;
use crate::markup::FormattedText;
use crate::peers::PeerRef;

/// Edits a message. From [`Client::edit`] and [`Message::edit`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// let film = chappe::media::Attachment::document("better.pdf");
/// client.edit(chat, 17, "").keep_text().file(film).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "nothing is edited until it is awaited"]
pub struct EditMessage {
    client: Client,
    chat: PeerRef,
    id: i32,
    content: Content,
    keep_text: bool,
    media: Option<Carried>,
    markup: Option<enums::ReplyMarkup>,
    no_webpage: bool,
    invert_media: bool,
    schedule: Option<i32>,
}

impl Client {
    /// Changes the words of a message, and what else is set, and returns it as it is then.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.edit(chat, 17, "now <b>bold</b>").html().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: as for [`Client::send`]; `MESSAGE_NOT_MODIFIED`, `MESSAGE_EDIT_TIME_EXPIRED`,
    /// `MESSAGE_AUTHOR_REQUIRED` …
    pub fn edit(&self, chat: impl Into<PeerRef>, id: i32, text: impl Into<FormattedText>) -> EditMessage {
        EditMessage {
            client: self.clone(),
            chat: chat.into(),
            id,
            content: Content::new(text),
            keep_text: false,
            media: None,
            markup: None,
            no_webpage: false,
            invert_media: false,
            schedule: None,
        }
    }
}

impl EditMessage {
    syntax!(content, "client.edit(chat, 17, ", ".await?;");
    carrying!(media, "client.edit(chat, 17, \"By the sea\")");

    /// Leaves the words as they are: only media and buttons change.
    ///
    /// ```no_run
    /// use chappe::media::Attachment;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// // Another picture under the same words.
    /// client.edit(chat, 17, "").keep_text().file(Attachment::photo("sharper.jpg")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn keep_text(mut self) -> Self {
        self.keep_text = true;
        self
    }

    /// Puts other buttons under it; without this they go.
    ///
    /// ```no_run
    /// use chappe::bots::{InlineButton, InlineKeyboard};
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let undo = InlineKeyboard::new().row([InlineButton::callback("Undo", *b"undo")]);
    /// client.edit(chat, 17, "Deleted.").reply_markup(undo).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reply_markup(mut self, markup: impl Into<enums::ReplyMarkup>) -> Self {
        self.markup = Some(markup.into());
        self
    }

    /// Shows no preview of the links in it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.edit(chat, 17, "The address was https://example.org/").no_preview().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn no_preview(mut self) -> Self {
        self.no_webpage = true;
        self
    }

    /// Shows the words above the media.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.edit(chat, 17, "What you see below:").invert_media().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn invert_media(mut self) -> Self {
        self.invert_media = true;
        self
    }

    /// Moves a scheduled message to another time, Unix seconds. Chappe's own server does not schedule.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, tomorrow: i32) -> Result<(), chappe::Error> {
    /// client.edit(chat, 17, "").keep_text().schedule(tomorrow).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn schedule(mut self, date: i32) -> Self {
        self.schedule = Some(date);
        self
    }

    async fn call(self) -> Result<Message, Error> {
        let client = self.client;
        let (text, entities) = self.content.read(&client)?;
        let media = match self.media {
            Some(carried) => Some(carried.into_media(&client).await?),
            None => None,
        };
        let request = functions::messages::EditMessage {
            no_webpage: self.no_webpage,
            invert_media: self.invert_media,
            peer: client.input_peer(self.chat)?,
            id: self.id,
            message: (!self.keep_text).then_some(text),
            media: media.as_ref().map(|media| media.input.clone()),
            reply_markup: self.markup,
            entities: entities.filter(|_| !self.keep_text),
            schedule_date: self.schedule,
            schedule_repeat_period: None,
            quick_reply_shortcut_id: None,
            rich_message: None,
        };
        let answer = match (client.invoke(request.clone()).await, media) {
            (Err(refused), Some(mut media)) => match media.renew(&client, &refused).await? {
                true => {
                    client
                        .invoke(functions::messages::EditMessage { media: Some(media.input), ..request })
                        .await?
                }
                false => return Err(refused.into()),
            },
            (answer, _) => answer?,
        };
        client.only_message(answer).await
    }
}

into_call!(EditMessage => Message);
