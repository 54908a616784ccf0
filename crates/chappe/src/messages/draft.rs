use chappe_api::{enums, functions, types};

use super::content::{Content, syntax};
use super::options::{Options, replying};
use crate::client::Client;
use crate::error::Error;
use crate::markup::{self, FormattedText};
use crate::peers::{PeerId, PeerRef};

/// Words that wait in a chat to be sent, on all devices of the account.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// if let Some(draft) = client.dialog(chat).await?.draft() {
///     client.send(draft.chat(), draft.formatted()).clear_draft().await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Draft {
    chat: PeerId,
    raw: Box<types::DraftMessage>,
}

impl Draft {
    pub(crate) fn new(chat: PeerId, draft: &enums::DraftMessage) -> Option<Self> {
        match draft {
            enums::DraftMessage::Message(raw) => Some(Self { chat, raw: raw.clone() }),
            enums::DraftMessage::Empty(_) => None,
        }
    }

    /// The chat that it waits in.
    pub fn chat(&self) -> PeerRef {
        self.chat.into()
    }

    /// Words and formatting.
    pub fn formatted(&self) -> FormattedText {
        let entities = markup::from_api(self.raw.entities.as_deref().unwrap_or_default());
        FormattedText { text: self.raw.message.clone(), entities }
    }

    /// The words.
    pub fn text(&self) -> &str {
        &self.raw.message
    }

    /// The message that it will answer.
    pub fn reply_to(&self) -> Option<i32> {
        match self.raw.reply_to.as_ref()? {
            enums::InputReplyTo::Message(reply) => Some(reply.reply_to_msg_id),
            _ => None,
        }
    }

    /// When it was written, Unix seconds.
    pub fn date(&self) -> i32 {
        self.raw.date
    }

    /// The draft as the API has it.
    pub fn raw(&self) -> &types::DraftMessage {
        &self.raw
    }
}

/// Keeps a draft. From [`Client::save_draft`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// client.save_draft(chat, "Not yet").reply_to(17).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is kept until it is awaited"]
pub struct SaveDraft {
    client: Client,
    chat: PeerRef,
    content: Content,
    no_webpage: bool,
    options: Options,
}

impl Client {
    /// Keeps words as the draft of a chat, for all devices of the account. Empty words remove it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.save_draft(chat, "to be **continued**").markdown().reply_to(17).await?;
    /// for draft in client.drafts().await? {
    ///     println!("{}: {}", draft.chat().id(), draft.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: the server refuses.
    pub fn save_draft(&self, chat: impl Into<PeerRef>, text: impl Into<FormattedText>) -> SaveDraft {
        SaveDraft {
            client: self.clone(),
            chat: chat.into(),
            content: Content::new(text),
            no_webpage: false,
            options: Options::default(),
        }
    }

    /// All drafts.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// println!("{} drafts", client.drafts().await?.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses.
    pub async fn drafts(&self) -> Result<Vec<Draft>, Error> {
        let answer = self.invoke(functions::messages::GetAllDrafts {}).await?;
        let drafts = self.told(answer).await.updates.into_iter().filter_map(|update| match update {
            enums::Update::DraftMessage(update) => Draft::new(PeerId::from(&update.peer), &update.draft),
            _ => None,
        });
        Ok(drafts.collect())
    }

    /// Removes all drafts.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.clear_drafts().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses.
    pub async fn clear_drafts(&self) -> Result<(), Error> {
        self.invoke(functions::messages::ClearAllDrafts {}).await?;
        Ok(())
    }
}

impl SaveDraft {
    syntax!(content);
    replying!(options);

    /// The message will show no preview of the links in it.
    pub fn no_preview(mut self) -> Self {
        self.no_webpage = true;
        self
    }

    async fn call(self) -> Result<(), Error> {
        let Self { client, chat, content, no_webpage, options } = self;
        let (message, entities) = content.read(&client)?;
        let request = functions::messages::SaveDraft {
            no_webpage,
            invert_media: false,
            reply_to: options.reply_to(&client)?,
            peer: client.input_peer(chat)?,
            message,
            entities,
            media: None,
            effect: None,
            suggested_post: None,
            rich_message: None,
        };
        client.invoke(request).await?;
        Ok(())
    }
}

into_call!(SaveDraft => ());
