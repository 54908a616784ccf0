use chappe_api::functions;

use super::Message;
use super::options::{Options, delivery, random_ids, replying};
use crate::call::InvokeOptions;
use crate::client::Client;
use crate::error::Error;
use crate::limits::MAX_MESSAGE_IDS;
use crate::peers::PeerRef;

/// Forwards messages. From [`Client::forward`] and [`Message::forward_to`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// client.forward(chat, [17], user).drop_captions().silent().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is forwarded until it is awaited"]
pub struct ForwardMessages {
    client: Client,
    from: PeerRef,
    ids: Vec<i32>,
    to: PeerRef,
    drop_author: bool,
    drop_captions: bool,
    options: Options,
}

impl Client {
    /// Forwards messages of one chat to another, and returns the copies in the order of the ids. `None` stands for
    /// those that are not there any more.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, from: chappe::PeerRef, to: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let copies = client.forward(from, [17, 18], to).drop_author().await?;
    /// # drop(copies);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: the server refuses: `CHAT_FORWARDS_RESTRICTED`, `CHAT_WRITE_FORBIDDEN` …
    pub fn forward(
        &self,
        from: impl Into<PeerRef>,
        ids: impl IntoIterator<Item = i32>,
        to: impl Into<PeerRef>,
    ) -> ForwardMessages {
        ForwardMessages {
            client: self.clone(),
            from: from.into(),
            ids: ids.into_iter().collect(),
            to: to.into(),
            drop_author: false,
            drop_captions: false,
            options: Options::default(),
        }
    }
}

impl ForwardMessages {
    delivery!(options, "client.forward(other, [17, 18], chat)");
    replying!(options, "client.forward(other, [18], chat)");

    /// Sends copies that do not say where they are from.
    ///
    /// ```no_run
    /// # async fn run(
    /// #     client: chappe::Client,
    /// #     chat: chappe::PeerRef,
    /// #     archive: chappe::PeerRef,
    /// # ) -> Result<(), chappe::Error> {
    /// let copies = client.forward(chat, [17, 18], archive).drop_author().await?;
    /// println!("{} of them were still there", copies.iter().flatten().count());
    /// # Ok(())
    /// # }
    /// ```
    pub fn drop_author(mut self) -> Self {
        self.drop_author = true;
        self
    }

    /// Leaves the captions of media out, and the author with them.
    ///
    /// ```no_run
    /// # async fn run(
    /// #     client: chappe::Client,
    /// #     chat: chappe::PeerRef,
    /// #     archive: chappe::PeerRef,
    /// # ) -> Result<(), chappe::Error> {
    /// client.forward(chat, [17], archive).drop_captions().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn drop_captions(mut self) -> Self {
        self.drop_captions = true;
        self.drop_author = true;
        self
    }

    async fn call(self) -> Result<Vec<Option<Message>>, Error> {
        let Self { client, options, .. } = &self;
        let mut copies = Vec::with_capacity(self.ids.len());
        for ids in self.ids.chunks(MAX_MESSAGE_IDS) {
            let random_ids = random_ids(client, ids.len())?;
            let request = functions::messages::ForwardMessages {
                silent: options.silent,
                background: options.background,
                with_my_score: false,
                drop_author: self.drop_author,
                drop_media_captions: self.drop_captions,
                noforwards: options.no_forwards,
                allow_paid_floodskip: false,
                from_ephemeral: false,
                from_peer: client.input_peer(self.from)?,
                id: ids.to_vec(),
                random_id: random_ids.clone(),
                to_peer: client.input_peer(self.to)?,
                top_msg_id: options.thread,
                reply_to: options.reply_to(client)?,
                schedule_date: options.schedule,
                schedule_repeat_period: None,
                send_as: options.send_as(client)?,
                quick_reply_shortcut: None,
                effect: options.effect,
                video_timestamp: None,
                allow_paid_stars: None,
                suggested_post: None,
            };
            let repeatable = InvokeOptions { repeatable: true, ..InvokeOptions::default() };
            let answer = client.invoke_with(request, repeatable).await?;
            copies.extend(client.sent(answer, &random_ids).await);
        }
        Ok(copies)
    }
}

into_call!(ForwardMessages => Vec<Option<Message>>);
