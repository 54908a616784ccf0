//! The questions of a login, and whoever answers them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::{EmailCode, LoginToken, QrToken};
use crate::error::{Error, ErrorKind};

/// An answer that may take its time.
///
/// ```
/// use chappe::login::PromptFuture;
///
/// fn asked_of_the_user<'a>(question: &'a str) -> PromptFuture<'a, String> {
///     Box::pin(async move { Ok(format!("what the user said to {question:?}")) })
/// }
/// # drop(asked_of_the_user("Who are you?"));
/// ```
pub type PromptFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Who logs in.
///
/// ```
/// use chappe::login::Identity;
///
/// // What somebody may enter who is asked for a login.
/// let identity = |entered: &str| match entered {
///     "" => Identity::Qr,
///     token if token.contains(':') => Identity::Bot(token.to_owned()),
///     number => Identity::Phone(number.to_owned()),
/// };
/// assert!(matches!(identity("123456:TOKEN"), Identity::Bot(_)));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// A bot, by its token.
    Bot(String),
    /// A user, by a phone number in international form.
    Phone(String),
    /// A user who reads a QR code with another device.
    Qr,
}

/// What the user does about a code.
///
/// ```
/// use chappe::login::CodeReply;
///
/// let reply = |entered: &str| match entered.trim() {
///     "" => CodeReply::Cancel,
///     "again" => CodeReply::Resend,
///     code => CodeReply::Code(code.to_owned()),
/// };
/// assert!(matches!(reply("22222\n"), CodeReply::Code(code) if code == "22222"));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeReply {
    /// Gives the login up.
    Cancel,
    /// Has entered this.
    Code(String),
    /// Wants it sent again, in another way.
    Resend,
}

/// Answers what [`Client::start`](crate::Client::start) asks: a terminal, a window, a bot farm's table. An error from any of
/// them ends the login; [`Error::cancelled`] makes one.
///
/// [`Callbacks`] makes one of closures.
///
/// ```no_run
/// use chappe::login::{CodeReply, Identity, PromptFuture, Prompts};
/// use chappe::{Error, LoginToken};
///
/// /// An account whose number and password are known, and whose codes come in by a channel.
/// struct Known {
///     codes: tokio::sync::mpsc::Receiver<String>,
/// }
///
/// impl Prompts for Known {
///     fn identity(&mut self) -> PromptFuture<'_, Identity> {
///         Box::pin(async { Ok(Identity::Phone("+9996612345".to_owned())) })
///     }
///
///     fn code<'a>(&'a mut self, _: &'a LoginToken) -> PromptFuture<'a, CodeReply> {
///         Box::pin(async { Ok(self.codes.recv().await.map_or(CodeReply::Cancel, CodeReply::Code)) })
///     }
///
///     fn password<'a>(&'a mut self, _: Option<&'a str>) -> PromptFuture<'a, String> {
///         Box::pin(async { Ok("correct horse".to_owned()) })
///     }
///
///     fn name<'a>(&'a mut self, _: Option<&'a str>) -> PromptFuture<'a, (String, String)> {
///         Box::pin(async { Err(Error::cancelled("this account was to be there already")) })
///     }
/// }
///
/// # async fn run(client: chappe::Client, codes: tokio::sync::mpsc::Receiver<String>) -> Result<(), Error> {
/// let me = client.start(&mut Known { codes }).await?;
/// # drop(me);
/// # Ok(())
/// # }
/// ```
pub trait Prompts: Send {
    /// Who logs in?
    ///
    /// ```
    /// use chappe::login::{Callbacks, Identity, Prompts};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let mut prompts = Callbacks::phone("+9996612345");
    /// assert!(matches!(prompts.identity().await?, Identity::Phone(number) if number == "+9996612345"));
    /// # Ok::<(), chappe::Error>(())
    /// # }).unwrap();
    /// ```
    fn identity(&mut self) -> PromptFuture<'_, Identity>;

    /// Which code has arrived? `sent` says how it was sent and how long it is.
    ///
    /// ```no_run
    /// use chappe::login::{Callbacks, CodeReply, Prompts};
    ///
    /// # async fn run(client: chappe::Client, token: chappe::LoginToken) -> Result<(), chappe::Error> {
    /// let mut prompts = Callbacks::phone("+9996612345")
    ///     .code(|_sent| async { Ok(CodeReply::Code("22222".to_owned())) });
    /// assert!(matches!(Prompts::code(&mut prompts, &token).await?, CodeReply::Code(code) if code == "22222"));
    /// # drop(client);
    /// # Ok(())
    /// # }
    /// ```
    fn code<'a>(&'a mut self, sent: &'a LoginToken) -> PromptFuture<'a, CodeReply>;

    /// What is the account's password?
    ///
    /// ```
    /// use chappe::login::{Callbacks, Prompts};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let mut prompts = Callbacks::phone("+9996612345").password(|hint| async move { Ok(hint.unwrap_or_default()) });
    /// let password = Prompts::password(&mut prompts, Some("correct horse")).await?;
    /// assert_eq!(password, "correct horse"); // a hint that says too much
    /// # Ok::<(), chappe::Error>(())
    /// # }).unwrap();
    /// ```
    fn password<'a>(&'a mut self, hint: Option<&'a str>) -> PromptFuture<'a, String>;

    /// What is the first and the last name of whoever signs up, and do they agree to the terms?
    ///
    /// ```
    /// use chappe::login::{Callbacks, Prompts};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let mut prompts = Callbacks::phone("+9996612345")
    ///     .name(|_terms| async { Ok(("Ada".to_owned(), "Lovelace".to_owned())) });
    /// assert_eq!(Prompts::name(&mut prompts, None).await?, ("Ada".to_owned(), "Lovelace".to_owned()));
    /// # Ok::<(), chappe::Error>(())
    /// # }).unwrap();
    /// ```
    fn name<'a>(&'a mut self, terms: Option<&'a str>) -> PromptFuture<'a, (String, String)>;

    /// To which mail address shall login codes go? Only asked where the server wants one.
    ///
    /// ```
    /// use chappe::login::{Callbacks, Prompts};
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// let mut prompts = Callbacks::phone("+9996612345").email(|| async { Ok("ada@example.org".to_owned()) });
    /// assert_eq!(Prompts::email(&mut prompts).await?, "ada@example.org");
    /// # Ok::<(), chappe::Error>(())
    /// # }).unwrap();
    /// ```
    fn email(&mut self) -> PromptFuture<'_, String> {
        Box::pin(async { Err(Error::cancelled("the server wants a mail address for this login")) })
    }

    /// Which code has come with the mail that confirms the address?
    ///
    /// ```no_run
    /// use chappe::login::{Callbacks, EmailCode, Prompts};
    ///
    /// # async fn run(sent: EmailCode) -> Result<(), chappe::Error> {
    /// let mut prompts = Callbacks::phone("+9996612345").email_code(|sent| async move {
    ///     println!("a mail went to {}", sent.pattern);
    ///     Ok("123456".to_owned())
    /// });
    /// assert_eq!(Prompts::email_code(&mut prompts, &sent).await?, "123456");
    /// # Ok(())
    /// # }
    /// ```
    fn email_code<'a>(&'a mut self, sent: &'a EmailCode) -> PromptFuture<'a, String> {
        let _ = sent;
        Box::pin(async { Err(Error::cancelled("nobody reads the mail that confirms the address")) })
    }

    /// Shows a QR code; again whenever the one before has ended.
    ///
    /// ```no_run
    /// use chappe::login::{Callbacks, Prompts};
    ///
    /// # fn run(token: chappe::login::QrToken) {
    /// // What `Client::start` does about twice a minute until somebody has read it.
    /// let mut prompts = Callbacks::qr(|token| println!("{} until {}", token.url(), token.expires_at));
    /// prompts.qr(&token);
    /// # }
    /// ```
    fn qr(&mut self, token: &QrToken) {
        let _ = token;
    }

    /// The last answer was refused; the same question follows.
    ///
    /// ```
    /// use chappe::{Error, InvokeError, RpcError};
    /// use chappe::login::{Callbacks, Prompts};
    ///
    /// let mut prompts = Callbacks::phone("+9996612345").rejected(|error| assert!(error.is("PHONE_CODE_INVALID")));
    /// let refused = Error::from(InvokeError::Rpc(RpcError::new(400, "PHONE_CODE_INVALID")));
    /// Prompts::rejected(&mut prompts, &refused);
    /// ```
    fn rejected(&mut self, error: &Error) {
        let _ = error;
    }
}

type Ask<Q, A> = Box<dyn FnMut(Q) -> PromptFuture<'static, A> + Send>;
type Tell<T> = Box<dyn FnMut(&T) + Send>;

/// [`Prompts`] made of closures. A question without one ends the login with an error that names it.
///
/// ```no_run
/// use chappe::login::{Callbacks, CodeReply};
///
/// # async fn line(_: &str) -> Result<String, chappe::Error> { Err(chappe::Error::cancelled("there is no terminal")) }
/// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
/// let mut prompts = Callbacks::phone("+9996612345")
///     .code(|sent| async move { line(&format!("the code ({:?})", sent.delivery)).await.map(CodeReply::Code) })
///     .password(|hint| async move { line(&format!("the password ({})", hint.unwrap_or_default())).await })
///     .name(|_terms| async { Ok(("Alice".to_owned(), String::new())) })
///     .rejected(|error| eprintln!("{error}"));
/// let me = client.start(&mut prompts).await?;
/// println!("{}", me.id);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct Callbacks {
    identity: Option<Identity>,
    code: Option<Ask<LoginToken, CodeReply>>,
    password: Option<Ask<Option<String>, String>>,
    name: Option<Ask<Option<String>, (String, String)>>,
    email: Option<Ask<(), String>>,
    email_code: Option<Ask<EmailCode, String>>,
    qr: Option<Tell<QrToken>>,
    rejected: Option<Tell<Error>>,
}

impl Callbacks {
    fn of(identity: Identity) -> Self {
        Self { identity: Some(identity), ..Self::default() }
    }

    /// For the user with this number.
    ///
    /// ```no_run
    /// use chappe::login::{Callbacks, CodeReply};
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let mut prompts = Callbacks::phone("+9996612345")
    ///     .code(|_sent| async { Ok(CodeReply::Code("22222".to_owned())) });
    /// println!("{} is logged in", client.start(&mut prompts).await?.id);
    /// # Ok(())
    /// # }
    /// ```
    pub fn phone(number: impl Into<String>) -> Self {
        Self::of(Identity::Phone(number.into()))
    }

    /// For the bot with this token.
    ///
    /// ```no_run
    /// use chappe::login::Callbacks;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let me = client.start(&mut Callbacks::bot("123456:TOKEN")).await?;
    /// println!("@{}", me.username.unwrap_or_default());
    /// # Ok(())
    /// # }
    /// ```
    pub fn bot(token: impl Into<String>) -> Self {
        Self::of(Identity::Bot(token.into()))
    }

    /// For a user who reads the QR codes that `show` shows.
    ///
    /// ```no_run
    /// use chappe::login::Callbacks;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let mut prompts = Callbacks::qr(|token| println!("read this with your telephone: {}", token.url()))
    ///     .password(|_hint| async { Ok("correct horse".to_owned()) });
    /// client.start(&mut prompts).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn qr(show: impl FnMut(&QrToken) + Send + 'static) -> Self {
        Self { qr: Some(Box::new(show)), ..Self::of(Identity::Qr) }
    }

    /// Who knows the code.
    ///
    /// ```
    /// use chappe::login::{Callbacks, CodeReply};
    ///
    /// let prompts = Callbacks::phone("+9996612345").code(|sent| async move {
    ///     println!("{:?}", sent.delivery); // where it has arrived
    ///     Ok(CodeReply::Code("22222".to_owned()))
    /// });
    /// # drop(prompts);
    /// ```
    #[must_use]
    pub fn code<F>(mut self, mut ask: impl FnMut(LoginToken) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<CodeReply, Error>> + Send + 'static,
    {
        self.code = Some(Box::new(move |sent| Box::pin(ask(sent))));
        self
    }

    /// Who knows the password; gets the hint.
    ///
    /// ```
    /// use chappe::login::Callbacks;
    ///
    /// let prompts = Callbacks::phone("+9996612345").password(|hint| async move {
    ///     println!("{}", hint.unwrap_or_default());
    ///     std::env::var("PASSWORD").map_err(|_| chappe::Error::cancelled("PASSWORD is not set"))
    /// });
    /// # drop(prompts);
    /// ```
    #[must_use]
    pub fn password<F>(mut self, mut ask: impl FnMut(Option<String>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<String, Error>> + Send + 'static,
    {
        self.password = Some(Box::new(move |hint| Box::pin(ask(hint))));
        self
    }

    /// Who knows first and last name of a new user; gets the terms of service.
    ///
    /// ```
    /// use chappe::login::Callbacks;
    ///
    /// let prompts = Callbacks::phone("+9996612345").name(|terms| async move {
    ///     println!("{}", terms.unwrap_or_default()); // whoever signs up agrees to them
    ///     Ok(("Ada".to_owned(), "Lovelace".to_owned()))
    /// });
    /// # drop(prompts);
    /// ```
    #[must_use]
    pub fn name<F>(mut self, mut ask: impl FnMut(Option<String>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<(String, String), Error>> + Send + 'static,
    {
        self.name = Some(Box::new(move |terms| Box::pin(ask(terms))));
        self
    }

    /// Who knows a mail address for login codes, where the server wants one.
    ///
    /// ```
    /// use chappe::login::Callbacks;
    ///
    /// let prompts = Callbacks::phone("+9996612345").email(|| async { Ok("ada@example.org".to_owned()) });
    /// # drop(prompts);
    /// ```
    #[must_use]
    pub fn email<F>(mut self, mut ask: impl FnMut() -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<String, Error>> + Send + 'static,
    {
        self.email = Some(Box::new(move |()| Box::pin(ask())));
        self
    }

    /// Who reads the mail that confirms that address.
    ///
    /// ```
    /// use chappe::login::Callbacks;
    ///
    /// let prompts = Callbacks::phone("+9996612345").email_code(|sent| async move {
    ///     println!("a mail went to {}", sent.pattern);
    ///     Ok("123456".to_owned())
    /// });
    /// # drop(prompts);
    /// ```
    #[must_use]
    pub fn email_code<F>(mut self, mut ask: impl FnMut(EmailCode) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<String, Error>> + Send + 'static,
    {
        self.email_code = Some(Box::new(move |sent| Box::pin(ask(sent))));
        self
    }

    /// Who is told why an answer was refused.
    ///
    /// ```
    /// use chappe::login::Callbacks;
    ///
    /// let prompts = Callbacks::phone("+9996612345").rejected(|error| match error.flood_wait() {
    ///     Some(wait) => println!("too often: not before {} seconds have passed", wait.as_secs()),
    ///     None => println!("{error}"),
    /// });
    /// # drop(prompts);
    /// ```
    #[must_use]
    pub fn rejected(mut self, tell: impl FnMut(&Error) + Send + 'static) -> Self {
        self.rejected = Some(Box::new(tell));
        self
    }
}

fn ask<Q, A: Send + 'static>(
    asked: &mut Option<Ask<Q, A>>,
    question: Q,
    name: &str,
) -> PromptFuture<'static, A> {
    match asked {
        Some(ask) => ask(question),
        None => {
            let message =
                format!("the login asks for the {name}, and there is no callback for it: add `{name}`");
            Box::pin(async { Err(Error::new(ErrorKind::Argument, message)) })
        }
    }
}

impl Prompts for Callbacks {
    fn identity(&mut self) -> PromptFuture<'_, Identity> {
        // Once: an identity that was refused stays wrong.
        let identity = self.identity.take();
        Box::pin(async {
            identity.ok_or_else(|| {
                Error::new(ErrorKind::Argument, "number or token were refused, and there is no other one")
            })
        })
    }

    fn code<'a>(&'a mut self, sent: &'a LoginToken) -> PromptFuture<'a, CodeReply> {
        ask(&mut self.code, sent.clone(), "code")
    }

    fn password<'a>(&'a mut self, hint: Option<&'a str>) -> PromptFuture<'a, String> {
        ask(&mut self.password, hint.map(str::to_owned), "password")
    }

    fn name<'a>(&'a mut self, terms: Option<&'a str>) -> PromptFuture<'a, (String, String)> {
        ask(&mut self.name, terms.map(str::to_owned), "name")
    }

    fn email(&mut self) -> PromptFuture<'_, String> {
        ask(&mut self.email, (), "email")
    }

    fn email_code<'a>(&'a mut self, sent: &'a EmailCode) -> PromptFuture<'a, String> {
        ask(&mut self.email_code, sent.clone(), "email_code")
    }

    fn qr(&mut self, token: &QrToken) {
        if let Some(show) = &mut self.qr {
            show(token);
        }
    }

    fn rejected(&mut self, error: &Error) {
        if let Some(tell) = &mut self.rejected {
            tell(error);
        }
    }
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callbacks").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bot(_) => "Bot(..)",
            Self::Phone(_) => "Phone(..)",
            Self::Qr => "Qr",
        })
    }
}

impl fmt::Debug for CodeReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cancel => "Cancel",
            Self::Code(_) => "Code(..)",
            Self::Resend => "Resend",
        })
    }
}
