use chappe_api::{enums, functions, types};

use crate::client::Client;
use crate::error::Error;
use crate::markup::FormattedText;
use crate::messages::content::{Content, syntax};
use crate::messages::into_call;

/// Answers an inline question. From [`Client::answer_inline`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// let article = chappe::bots::Article::new("1", "Hello", "Hello to you.");
/// client.answer_inline(7).article(article).private().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is answered until it is awaited"]
pub struct AnswerInline {
    client: Client,
    query_id: i64,
    results: Vec<Offer>,
    gallery: bool,
    private: bool,
    cache_time: i32,
    next_offset: Option<String>,
    switch_pm: Option<types::InlineBotSwitchPm>,
}

#[derive(Clone, Debug)]
enum Offer {
    Article(Box<Article>),
    Raw(enums::InputBotInlineResult),
}

/// A text that is offered, with a title to choose it by.
///
/// ```
/// use chappe::bots::Article;
///
/// let article = Article::new("1", "Shrug", "**¯\\\\_(ツ)_/¯**").markdown().description("for every occasion");
/// # drop(article);
/// ```
#[derive(Clone, Debug)]
#[must_use = "it is not offered yet"]
pub struct Article {
    id: String,
    title: String,
    description: Option<String>,
    url: Option<String>,
    content: Content,
    markup: Option<enums::ReplyMarkup>,
    no_webpage: bool,
}

impl Client {
    /// Answers an inline question. For bots.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, query_id: i64) -> Result<(), chappe::Error> {
    /// use chappe::bots::Article;
    ///
    /// let shrug = Article::new("1", "Shrug", "I do not know.");
    /// client.answer_inline(query_id).article(shrug).cache_time(60).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: [`ErrorKind::Argument`](crate::ErrorKind::Argument) for HTML that cannot be read; the server
    /// refuses: `QUERY_ID_INVALID`, `RESULT_ID_DUPLICATE` …
    pub fn answer_inline(&self, query_id: i64) -> AnswerInline {
        AnswerInline {
            client: self.clone(),
            query_id,
            results: Vec::new(),
            gallery: false,
            private: false,
            // What servers take for a bot that says nothing.
            cache_time: 300,
            next_offset: None,
            switch_pm: None,
        }
    }
}

impl AnswerInline {
    /// Offers a text.
    ///
    /// ```no_run
    /// use chappe::bots::Article;
    ///
    /// # async fn run(client: chappe::Client, query_id: i64) -> Result<(), chappe::Error> {
    /// let (yes, no) = (Article::new("yes", "Yes", "Yes!"), Article::new("no", "No", "No!"));
    /// client.answer_inline(query_id).article(yes).article(no).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn article(mut self, article: Article) -> Self {
        self.results.push(Offer::Article(Box::new(article)));
        self
    }

    /// Offers something else: a photo, a document …
    ///
    /// ```no_run
    /// use chappe::types::{InputBotInlineMessageMediaAuto, InputBotInlineResultPhoto};
    ///
    /// # async fn run(
    /// #     client: chappe::Client,
    /// #     query_id: i64,
    /// #     photo: chappe::types::InputPhoto,
    /// # ) -> Result<(), chappe::Error> {
    /// let send_message = InputBotInlineMessageMediaAuto {
    ///     invert_media: false,
    ///     message: "from the archive".to_owned(),
    ///     entities: None,
    ///     reply_markup: None,
    /// };
    /// let picture = InputBotInlineResultPhoto {
    ///     id: "1".to_owned(),
    ///     r#type: "photo".to_owned(),
    ///     photo: photo.into(),
    ///     send_message: send_message.into(),
    /// };
    /// client.answer_inline(query_id).result(picture).gallery().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn result(mut self, result: impl Into<enums::InputBotInlineResult>) -> Self {
        self.results.push(Offer::Raw(result.into()));
        self
    }

    /// Shows the results as pictures beside each other.
    ///
    /// ```no_run
    /// # async fn run(
    /// #     client: chappe::Client,
    /// #     query_id: i64,
    /// #     pictures: Vec<chappe::enums::InputBotInlineResult>,
    /// # ) -> Result<(), chappe::Error> {
    /// let answer = client.answer_inline(query_id).gallery();
    /// pictures.into_iter().fold(answer, |answer, picture| answer.result(picture)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn gallery(mut self) -> Self {
        self.gallery = true;
        self
    }

    /// Keeps the answer for the one who asked, not for all who ask the same.
    ///
    /// ```no_run
    /// use chappe::bots::Article;
    ///
    /// # async fn run(client: chappe::Client, query_id: i64, balance: i64) -> Result<(), chappe::Error> {
    /// // Another one who asks the same has another balance.
    /// let balance = Article::new("balance", "What you have", format!("I have {balance}."));
    /// client.answer_inline(query_id).article(balance).private().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// For how many seconds the server answers the same question by itself. Five minutes unless set.
    ///
    /// ```no_run
    /// use chappe::bots::Article;
    ///
    /// # async fn run(client: chappe::Client, query_id: i64) -> Result<(), chappe::Error> {
    /// let time = Article::new("time", "What time is it?", format!("{} Unix seconds", client.server_time().await));
    /// client.answer_inline(query_id).article(time).cache_time(1).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn cache_time(mut self, seconds: i32) -> Self {
        self.cache_time = seconds;
        self
    }

    /// What the bot will be asked with for more, up to 64 bytes.
    ///
    /// ```no_run
    /// use chappe::bots::Article;
    ///
    /// # async fn run(client: chappe::Client, query: chappe::updates::InlineQuery) -> Result<(), chappe::Error> {
    /// // Fifty results a page; the question for the next page brings its number along.
    /// let page: usize = query.offset().parse().unwrap_or(0);
    /// let mut answer = client.answer_inline(query.id()).next_offset((page + 1).to_string());
    /// for number in 50 * page..50 * (page + 1) {
    ///     answer = answer.article(Article::new(number.to_string(), format!("Proverb {number}"), "…"));
    /// }
    /// answer.await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn next_offset(mut self, offset: impl Into<String>) -> Self {
        self.next_offset = Some(offset.into());
        self
    }

    /// Shows a button above the results that leads to the chat with the bot.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, query_id: i64) -> Result<(), chappe::Error> {
    /// // Who has not said yet where they live is asked for it first.
    /// client.answer_inline(query_id).switch_pm("Where do you live?", "address").private().cache_time(0).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn switch_pm(mut self, text: impl Into<String>, start_param: impl Into<String>) -> Self {
        let (text, start_param) = (text.into(), start_param.into());
        self.switch_pm = Some(types::InlineBotSwitchPm { text, start_param });
        self
    }

    async fn call(self) -> Result<(), Error> {
        let Self { client, .. } = self;
        let read = |offer| match offer {
            Offer::Article(article) => article.read(&client),
            Offer::Raw(result) => Ok(result),
        };
        let request = functions::messages::SetInlineBotResults {
            gallery: self.gallery,
            private: self.private,
            query_id: self.query_id,
            results: self.results.into_iter().map(read).collect::<Result<_, _>>()?,
            cache_time: self.cache_time,
            next_offset: self.next_offset,
            switch_pm: self.switch_pm.map(Box::new),
            switch_webview: None,
        };
        client.invoke(request).await?;
        Ok(())
    }
}

into_call!(AnswerInline => ());

impl Article {
    /// A text with its title. The id names it among the results: up to 64 bytes.
    ///
    /// ```no_run
    /// use chappe::bots::Article;
    ///
    /// # async fn run(client: chappe::Client, query_id: i64) -> Result<(), chappe::Error> {
    /// client.answer_inline(query_id).article(Article::new("shrug", "Shrug", "¯\\_(ツ)_/¯")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(id: impl Into<String>, title: impl Into<String>, text: impl Into<FormattedText>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            description: None,
            url: None,
            content: Content::new(text),
            markup: None,
            no_webpage: false,
        }
    }

    syntax!(content, "let article = Article::new(\"1\", \"Something bold\", ", ";");

    /// What stands below the title.
    ///
    /// ```
    /// use chappe::bots::Article;
    ///
    /// let article = Article::new("7", "Lyon", "The message went by way of Lyon.").description("two minutes from Paris");
    /// # drop(article);
    /// ```
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// Where it is from.
    ///
    /// ```
    /// use chappe::bots::Article;
    ///
    /// let article = Article::new("7", "The telegraph", "A network of 534 stations").url("https://example.org/telegraph");
    /// # drop(article);
    /// ```
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Buttons under the message.
    ///
    /// ```
    /// use chappe::bots::{Article, InlineButton, InlineKeyboard};
    ///
    /// let (up, down) = (InlineButton::callback("👍", *b"up"), InlineButton::callback("👎", *b"down"));
    /// let vote = InlineKeyboard::new().row([up, down]);
    /// let article = Article::new("poll", "Ask them", "Shall we go?").reply_markup(vote);
    /// # drop(article);
    /// ```
    pub fn reply_markup(mut self, markup: impl Into<enums::ReplyMarkup>) -> Self {
        self.markup = Some(markup.into());
        self
    }

    /// Shows no preview of the links in it.
    ///
    /// ```
    /// use chappe::bots::Article;
    ///
    /// let article = Article::new("1", "Where it is", "https://example.org/a-page-with-a-large-picture").no_preview();
    /// # drop(article);
    /// ```
    pub fn no_preview(mut self) -> Self {
        self.no_webpage = true;
        self
    }

    fn read(self, client: &Client) -> Result<enums::InputBotInlineResult, Error> {
        let (message, entities) = self.content.read(client)?;
        let send_message = types::InputBotInlineMessageText {
            no_webpage: self.no_webpage,
            invert_media: false,
            message,
            entities,
            reply_markup: self.markup,
        };
        let result = types::InputBotInlineResult {
            id: self.id,
            r#type: "article".to_owned(),
            title: Some(self.title),
            description: self.description,
            url: self.url,
            thumb: None,
            content: None,
            send_message: send_message.into(),
        };
        Ok(result.into())
    }
}
