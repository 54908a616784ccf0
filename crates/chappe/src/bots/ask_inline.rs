use chappe_api::{enums, functions, types};

use crate::call::InvokeOptions;
use crate::client::Client;
use crate::error::Error;
use crate::messages::options::{Options, random_ids, replying};
use crate::messages::sent::not_told;
use crate::messages::{Message, into_call};
use crate::peers::PeerRef;

/// Asks a bot inline. From [`Client::ask_inline`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// let offered = client.ask_inline(user, "cats").in_chat(chat).offset("50").await?;
/// # drop(offered);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is asked until it is awaited"]
pub struct AskInline {
    client: Client,
    bot: PeerRef,
    chat: Option<PeerRef>,
    query: String,
    offset: String,
    geo_point: Option<enums::InputGeoPoint>,
}

/// What a bot offers to send. From [`AskInline`].
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// let offered = client.ask_inline(user, "cats").await?;
/// println!("{} results, more: {}", offered.results().len(), offered.next_offset().is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct InlineResults {
    client: Client,
    raw: types::messages::BotResults,
}

/// Sends what a bot offered. From [`InlineResults::send`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// client.ask_inline(user, "cats").await?.send("1", chat).silent().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct SendInlineResult {
    client: Client,
    to: PeerRef,
    query_id: i64,
    id: String,
    silent: bool,
    hide_via: bool,
    clear_draft: bool,
    options: Options,
}

impl Client {
    /// Asks a bot for something to send: what `@bot question` does.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let bot = client.resolve("@gif").await?;
    /// let offered = client.ask_inline(&bot, "cats").in_chat(chat).await?;
    /// if let Some(id) = offered.ids().next() {
    ///     offered.send(id, chat).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`ErrorKind::Argument`](crate::ErrorKind::Argument) for groups and channels in the place of the
    /// bot; the server refuses: `BOT_INLINE_DISABLED`, `BOT_RESPONSE_TIMEOUT` …
    pub fn ask_inline(&self, bot: impl Into<PeerRef>, query: impl Into<String>) -> AskInline {
        AskInline {
            client: self.clone(),
            bot: bot.into(),
            chat: None,
            query: query.into(),
            offset: String::new(),
            geo_point: None,
        }
    }
}

impl AskInline {
    /// The chat that something is wanted for: the bot learns of what kind it is.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let bot = client.resolve("@gif").await?;
    /// let offered = client.ask_inline(&bot, "cats").in_chat(chat).await?;
    /// println!("{} cats", offered.results().len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn in_chat(mut self, chat: impl Into<PeerRef>) -> Self {
        self.chat = Some(chat.into());
        self
    }

    /// Goes on behind what was offered before: see [`InlineResults::next_offset`].
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let first = client.ask_inline(user, "cats").await?;
    /// if let Some(offset) = first.next_offset() {
    ///     let more = client.ask_inline(user, "cats").offset(offset).await?;
    ///     println!("{} and {} more", first.results().len(), more.results().len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn offset(mut self, offset: impl Into<String>) -> Self {
        self.offset = offset.into();
        self
    }

    /// Tells the bot where the user is.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let place = chappe::types::InputGeoPoint { lat: 48.8584, long: 2.2945, accuracy_radius: None };
    /// let bot = client.resolve("@foursquare").await?;
    /// let offered = client.ask_inline(&bot, "café").in_chat(chat).location(place).await?;
    /// println!("{} places", offered.results().len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn location(mut self, point: impl Into<enums::InputGeoPoint>) -> Self {
        self.geo_point = Some(point.into());
        self
    }

    async fn call(self) -> Result<InlineResults, Error> {
        let Self { client, bot, chat, query, offset, geo_point } = self;
        let peer = chat.map_or(Ok(enums::InputPeer::Empty), |chat| client.input_peer(chat))?;
        let bot = client.input_user(bot)?;
        let request = functions::messages::GetInlineBotResults { bot, peer, geo_point, query, offset };
        let raw = client.invoke(request).await?;
        client.learn(&raw.users, &[]).await;
        Ok(InlineResults { client, raw })
    }
}

into_call!(AskInline => InlineResults);

impl InlineResults {
    /// What is offered.
    ///
    /// ```no_run
    /// use chappe::enums::BotInlineResult;
    ///
    /// # async fn run(client: chappe::Client, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// for result in client.ask_inline(user, "cats").await?.results() {
    ///     match result {
    ///         BotInlineResult::Result(result) => println!("{}: {:?}", result.id, result.title),
    ///         BotInlineResult::MediaResult(media) => println!("{}: a {}", media.id, media.r#type),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn results(&self) -> &[enums::BotInlineResult] {
        &self.raw.results
    }

    /// The names of what is offered, in order.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let offered = client.ask_inline(user, "cats").await?;
    /// if let Some(last) = offered.ids().last() {
    ///     offered.send(last, chat).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.raw.results.iter().map(|result| match result {
            enums::BotInlineResult::Result(result) => result.id.as_str(),
            enums::BotInlineResult::MediaResult(result) => result.id.as_str(),
        })
    }

    /// Where the bot goes on, if it has more.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// // All that the bot has, page by page.
    /// let mut page = client.ask_inline(user, "cats").await?;
    /// while let Some(offset) = page.next_offset().map(str::to_owned) {
    ///     page = client.ask_inline(user, "cats").offset(offset).await?;
    ///     println!("{} more", page.results().len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn next_offset(&self) -> Option<&str> {
        self.raw.next_offset.as_deref().filter(|offset| !offset.is_empty())
    }

    /// The answer as the API has it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let offered = client.ask_inline(user, "cats").await?;
    /// println!("as pictures beside each other: {}", offered.raw().gallery);
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw(&self) -> &types::messages::BotResults {
        &self.raw
    }

    /// Sends one of them.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let offered = client.ask_inline(user, "cats").await?;
    /// if let Some(first) = offered.ids().next() {
    ///     let sent = offered.send(first, chat).await?;
    ///     println!("sent as {}", sent.id());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: the server refuses: `RESULT_ID_INVALID`, `QUERY_ID_INVALID` (too long ago) …
    pub fn send(&self, id: impl Into<String>, to: impl Into<PeerRef>) -> SendInlineResult {
        SendInlineResult {
            client: self.client.clone(),
            to: to.into(),
            query_id: self.raw.query_id,
            id: id.into(),
            silent: false,
            hide_via: false,
            clear_draft: false,
            options: Options::default(),
        }
    }
}

impl SendInlineResult {
    replying!(options, "offered.send(\"1\", chat)");

    /// Delivers without a sound.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.ask_inline(user, "cats").await?.send("1", chat).silent().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn silent(mut self) -> Self {
        self.silent = true;
        self
    }

    /// Does not say which bot it came from. Possible with a few bots.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// let bot = client.resolve("@gif").await?;
    /// let offered = client.ask_inline(&bot, "waves").in_chat(chat.clone()).await?;
    /// if let Some(first) = offered.ids().next() {
    ///     offered.send(first, chat).hide_via().silent().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn hide_via(mut self) -> Self {
        self.hide_via = true;
        self
    }

    /// Removes the draft of the chat with it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// // The question stood in the field for words.
    /// client.ask_inline(user, "cats").await?.send("1", chat).clear_draft().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn clear_draft(mut self) -> Self {
        self.clear_draft = true;
        self
    }

    async fn call(self) -> Result<Message, Error> {
        let Self { client, to, query_id, id, silent, hide_via, clear_draft, options } = self;
        let random_id = random_ids(&client, 1)?.pop().unwrap_or_default();
        let request = functions::messages::SendInlineBotResult {
            silent,
            background: false,
            clear_draft,
            hide_via,
            peer: client.input_peer(to)?,
            reply_to: options.reply_to(&client)?,
            random_id,
            query_id,
            id,
            schedule_date: None,
            send_as: None,
            quick_reply_shortcut: None,
            allow_paid_stars: None,
        };
        let repeatable = InvokeOptions { repeatable: true, ..InvokeOptions::default() };
        let answer = client.invoke_with(request, repeatable).await?;
        client.sent(answer, &[random_id]).await.pop().flatten().ok_or_else(not_told)
    }
}

into_call!(SendInlineResult => Message);
