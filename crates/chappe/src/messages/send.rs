use chappe_api::{enums, functions, types};

use super::content::{Content, syntax};
use super::media::{Carried, carrying};
use super::options::{Options, delivery, random_ids, replying};
use super::sent::not_told;
use super::{Message, short};
use crate::call::InvokeOptions;
use crate::client::Client;
use crate::error::Error;
use crate::markup::FormattedText;
use crate::peers::{PeerId, PeerMap, PeerRef};

/// Sends a message. From [`Client::send`] and [`Message::reply`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, channel: chappe::PeerRef) -> Result<(), chappe::Error> {
/// client.send(chat.clone(), "second of three").reply_to(17).quote("second").no_preview().await?;
/// client.send(chat.clone(), "the same").reply_to(17).quote_at("second", 40).effect(5_104_841_245_755_180_586).await?;
/// client.send(chat.clone(), "as was said there").reply_to_in(channel.clone(), 4711).await?;
/// client.send(chat.clone(), "for later").schedule(1_900_000_000).silent().no_forwards().await?;
/// client.send(chat, "as the channel").send_as(channel).in_thread(4).background().clear_draft().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct SendMessage {
    client: Client,
    to: PeerRef,
    content: Content,
    media: Option<Carried>,
    markup: Option<enums::ReplyMarkup>,
    no_webpage: bool,
    invert_media: bool,
    clear_draft: bool,
    options: Options,
}

impl Client {
    /// Sends words, with or without media, into a chat, and returns the message as it was sent.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let friend = client.resolve("@friend").await?;
    /// client.send(&friend, "Hello").await?;
    /// let sent = client.send(&friend, "A __quiet__ answer").markdown().silent().reply_to(17).await?;
    /// println!("{}", sent.id());
    /// client.send(&friend, "The sea").file(chappe::media::Attachment::photo("sea.jpg")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`ErrorKind::Argument`](crate::ErrorKind::Argument) for a peer that has not been seen, or HTML
    /// that cannot be read; the server refuses: `MESSAGE_TOO_LONG`, `CHAT_WRITE_FORBIDDEN` …
    pub fn send(&self, to: impl Into<PeerRef>, text: impl Into<FormattedText>) -> SendMessage {
        SendMessage {
            client: self.clone(),
            to: to.into(),
            content: Content::new(text),
            media: None,
            markup: None,
            no_webpage: false,
            invert_media: false,
            clear_draft: false,
            options: Options::default(),
        }
    }
}

impl SendMessage {
    syntax!(content, "client.send(chat, ", ".await?;");
    delivery!(options, "client.send(chat, \"See you at noon\")");
    replying!(options, "client.send(chat, \"Agreed\")");
    carrying!(media, "client.send(chat, \"By the sea\")");

    /// Adds buttons, or shows or hides a keyboard. For bots.
    ///
    /// ```no_run
    /// use chappe::bots::{InlineButton, InlineKeyboard};
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let (yes, no) = (InlineButton::callback("Yes", *b"yes"), InlineButton::callback("No", *b"no"));
    /// let answers = InlineKeyboard::new().row([yes, no]);
    /// client.send(chat, "Shall we go?").reply_markup(answers).await?;
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
    /// client.send(chat, "As it says on https://example.org/").no_preview().await?;
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
    /// use chappe::media::Attachment;
    ///
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.send(chat, "What you see below:").file(Attachment::photo("below.jpg")).invert_media().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn invert_media(mut self) -> Self {
        self.invert_media = true;
        self
    }

    /// Removes the draft of the chat with it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// if let Some(draft) = client.dialog(chat).await?.draft() {
    ///     client.send(chat, draft.formatted()).clear_draft().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn clear_draft(mut self) -> Self {
        self.clear_draft = true;
        self
    }

    async fn call(self) -> Result<Message, Error> {
        let Self { client, to, content, media, markup, options, .. } = self;
        let peer = client.input_peer(to)?;
        let (message, entities) = content.read(&client)?;
        let random_id = random_ids(&client, 1)?.pop().unwrap_or_default();
        let reply_to = options.reply_to(&client)?;
        let send_as = options.send_as(&client)?;
        // Under the same random id it is sent once, however often the call is made.
        let repeatable = InvokeOptions { repeatable: true, ..InvokeOptions::default() };
        let answer = match media {
            Some(carried) => {
                let mut media = carried.into_media(&client).await?;
                let mut request = functions::messages::SendMedia {
                    silent: options.silent,
                    background: options.background,
                    clear_draft: self.clear_draft,
                    noforwards: options.no_forwards,
                    update_stickersets_order: false,
                    invert_media: self.invert_media,
                    allow_paid_floodskip: false,
                    peer,
                    reply_to: reply_to.clone(),
                    media: media.input.clone(),
                    message: message.clone(),
                    random_id,
                    reply_markup: markup,
                    entities,
                    schedule_date: options.schedule,
                    schedule_repeat_period: None,
                    send_as,
                    quick_reply_shortcut: None,
                    effect: options.effect,
                    allow_paid_stars: None,
                    suggested_post: None,
                };
                match client.invoke_with(request.clone(), repeatable.clone()).await {
                    Err(refused) if media.renew(&client, &refused).await? => {
                        request.media = media.input;
                        client.invoke_with(request, repeatable).await?
                    }
                    answer => answer?,
                }
            }
            None => {
                let request = functions::messages::SendMessage {
                    no_webpage: self.no_webpage,
                    silent: options.silent,
                    background: options.background,
                    clear_draft: self.clear_draft,
                    noforwards: options.no_forwards,
                    update_stickersets_order: false,
                    invert_media: self.invert_media,
                    allow_paid_floodskip: false,
                    peer,
                    reply_to: reply_to.clone(),
                    message: message.clone(),
                    random_id,
                    reply_markup: markup,
                    entities: entities.clone(),
                    schedule_date: options.schedule,
                    schedule_repeat_period: None,
                    send_as,
                    quick_reply_shortcut: None,
                    effect: options.effect,
                    allow_paid_stars: None,
                    suggested_post: None,
                    rich_message: None,
                };
                client.invoke_with(request, repeatable).await?
            }
        };
        let enums::Updates::UpdateShortSentMessage(short) = answer else {
            return client.sent(answer, &[random_id]).await.pop().flatten().ok_or_else(not_told);
        };
        let me = client.inner.peers.owner().map(|owner| PeerId::User(owner.user_id).into());
        let raw = types::Message {
            out: short.out,
            silent: options.silent,
            noforwards: options.no_forwards,
            from_id: me,
            reply_to: reply_to.and_then(|reply| match reply {
                enums::InputReplyTo::Message(reply) => Some(short::header(*reply)),
                _ => None,
            }),
            media: short.media,
            entities: short.entities,
            ttl_period: short.ttl_period,
            // The server cuts blanks off, and nothing else.
            ..short::message(short.id, to.id(), short.date, message.trim_end().to_owned())
        };
        Message::new(&client, raw.into(), &PeerMap::default()).ok_or_else(not_told)
    }
}

into_call!(SendMessage => Message);
