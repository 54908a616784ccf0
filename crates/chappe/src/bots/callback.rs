use chappe_api::functions;

use crate::client::Client;
use crate::error::Error;
use crate::messages::into_call;

/// Answers whoever pressed a button. From [`Client::answer_callback`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// client.answer_callback(7).text("Are you sure?").alert().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is answered until it is awaited"]
pub struct AnswerCallback {
    client: Client,
    request: functions::messages::SetBotCallbackAnswer,
}

impl Client {
    /// Answers whoever pressed a button: without words it only stops the button from turning. For bots.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, query_id: i64) -> Result<(), chappe::Error> {
    /// client.answer_callback(query_id).text("Done.").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: the server refuses: `QUERY_ID_INVALID` (it was answered, or too long ago) …
    pub fn answer_callback(&self, query_id: i64) -> AnswerCallback {
        let request = functions::messages::SetBotCallbackAnswer {
            alert: false,
            query_id,
            message: None,
            url: None,
            cache_time: 0,
        };
        AnswerCallback { client: self.clone(), request }
    }
}

impl AnswerCallback {
    /// Shows words for a moment.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, query_id: i64) -> Result<(), chappe::Error> {
    /// client.answer_callback(query_id).text("Saved.").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.request.message = Some(text.into());
        self
    }

    /// Shows the words until they are put away.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, query_id: i64) -> Result<(), chappe::Error> {
    /// client.answer_callback(query_id).text("This cannot be undone.").alert().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn alert(mut self) -> Self {
        self.request.alert = true;
        self
    }

    /// Opens a link: one to the bot itself, or a game.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, query_id: i64) -> Result<(), chappe::Error> {
    /// client.answer_callback(query_id).url("https://t.me/example_bot?start=from-the-button").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.request.url = Some(url.into());
        self
    }

    /// For how many seconds the same button need not ask again.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, query_id: i64) -> Result<(), chappe::Error> {
    /// // The rules are the same for an hour.
    /// client.answer_callback(query_id).text("Be kind.").alert().cache_time(3600).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn cache_time(mut self, seconds: i32) -> Self {
        self.request.cache_time = seconds;
        self
    }

    async fn call(self) -> Result<(), Error> {
        self.client.invoke(self.request).await?;
        Ok(())
    }
}

into_call!(AnswerCallback => ());
