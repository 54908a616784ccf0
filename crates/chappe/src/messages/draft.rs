use std::fmt;

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
#[derive(Clone, PartialEq)]
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
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// for draft in client.drafts().await? {
    ///     println!("{}", client.peer(draft.chat()).await?.name());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn chat(&self) -> PeerRef {
        self.chat.into()
    }

    /// Words and formatting.
    ///
    /// ```no_run
    /// use chappe::markup;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// for draft in client.drafts().await? {
    ///     println!("{}", markup::to_markdown(&draft.formatted()));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn formatted(&self) -> FormattedText {
        let entities = markup::from_api(self.raw.entities.as_deref().unwrap_or_default());
        FormattedText { text: self.raw.message.clone(), entities }
    }

    /// The words.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let forgotten = client.drafts().await?.into_iter().filter(|draft| draft.text().trim().is_empty()).count();
    /// println!("{forgotten} drafts say nothing");
    /// # Ok(())
    /// # }
    /// ```
    pub fn text(&self) -> &str {
        &self.raw.message
    }

    /// The message that it will answer.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, draft: chappe::messages::Draft) -> Result<(), chappe::Error> {
    /// if let Some(id) = draft.reply_to()
    ///     && let Some(question) = client.messages_by_id(draft.chat(), [id]).await?.pop().flatten()
    /// {
    ///     println!("{} – in answer to {}", draft.text(), question.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn reply_to(&self) -> Option<i32> {
        match self.raw.reply_to.as_ref()? {
            enums::InputReplyTo::Message(reply) => Some(reply.reply_to_msg_id),
            _ => None,
        }
    }

    /// When it was written, Unix seconds.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// // The one that was written last.
    /// let newest = client.drafts().await?.into_iter().max_by_key(|draft| draft.date());
    /// println!("{:?}", newest.map(|draft| draft.text().to_owned()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn date(&self) -> i32 {
        self.raw.date
    }

    /// The draft as the API has it.
    ///
    /// ```no_run
    /// # fn run(draft: chappe::messages::Draft) {
    /// // What has no method here: media that wait with the words.
    /// println!("{:?}", draft.raw().media);
    /// # }
    /// ```
    pub fn raw(&self) -> &types::DraftMessage {
        &self.raw
    }
}

/// Shows where it waits, never the words.
impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("chat", &self.chat)
            .field("reply_to", &self.reply_to())
            .field("date", &self.date())
            .finish_non_exhaustive()
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
    syntax!(content, "client.save_draft(chat, ", ".await?;");
    replying!(options, "client.save_draft(chat, \"Perhaps\")");

    /// The message will show no preview of the links in it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.save_draft(chat, "As it says on https://example.org/").no_preview().await?;
    /// # Ok(())
    /// # }
    /// ```
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
