use chappe_api::{enums, functions, types};

use crate::call::InvokeOptions;
use crate::client::Client;
use crate::error::Error;
use crate::messages::into_call;
use crate::messages::options::random_ids;
use crate::peers::PeerRef;

/// Says which commands a bot understands. From [`Client::set_commands`]; `.await` does it.
///
/// ```no_run
/// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
/// client.set_commands([("hilfe", "Was ich kann")]).language("de").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is said until it is awaited"]
pub struct SetCommands {
    client: Client,
    request: functions::bots::SetBotCommands,
}

impl Client {
    /// Says which commands the bot understands, each with what it does. Without commands the list goes. For bots.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// client.set_commands([("start", "Begin"), ("help", "What I can do")]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When awaited: the server refuses: `BOT_COMMAND_INVALID`, `USER_BOT_REQUIRED` …
    pub fn set_commands<C: Into<String>, D: Into<String>>(
        &self,
        commands: impl IntoIterator<Item = (C, D)>,
    ) -> SetCommands {
        let commands = commands.into_iter().map(|(command, description)| types::BotCommand {
            ephemeral: false,
            command: command.into(),
            description: description.into(),
        });
        let request = functions::bots::SetBotCommands {
            scope: enums::BotCommandScope::Default,
            lang_code: String::new(),
            commands: commands.collect(),
        };
        SetCommands { client: self.clone(), request }
    }

    /// The commands that the bot has said it understands, in a scope and language (empty for all).
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// for command in client.commands(chappe::enums::BotCommandScope::Default, "").await? {
    ///     println!("/{}: {}", command.command, command.description);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `USER_BOT_REQUIRED` …
    pub async fn commands(
        &self,
        scope: impl Into<enums::BotCommandScope>,
        lang_code: &str,
    ) -> Result<Vec<types::BotCommand>, Error> {
        let (scope, lang_code) = (scope.into(), lang_code.to_owned());
        Ok(self.invoke(functions::bots::GetBotCommands { scope, lang_code }).await?)
    }

    /// Starts a bot: in its own chat, or by adding it to a group. The parameter comes from a link to the bot.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, chat: chappe::PeerRef, user: chappe::PeerRef) -> Result<(), chappe::Error> {
    /// client.start_bot(user, user, "from-a-link").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument) for groups and channels in the place of the bot; the server
    /// refuses: `BOT_INVALID`, `START_PARAM_INVALID` …
    pub async fn start_bot(
        &self,
        bot: impl Into<PeerRef>,
        chat: impl Into<PeerRef>,
        start_param: &str,
    ) -> Result<(), Error> {
        let request = functions::messages::StartBot {
            bot: self.input_user(bot)?,
            peer: self.input_peer(chat)?,
            random_id: random_ids(self, 1)?.pop().unwrap_or_default(),
            start_param: start_param.to_owned(),
        };
        let repeatable = InvokeOptions { repeatable: true, ..InvokeOptions::default() };
        let answer = self.invoke_with(request, repeatable).await?;
        self.told(answer).await;
        Ok(())
    }
}

impl SetCommands {
    /// Where they hold: everywhere unless set.
    ///
    /// ```no_run
    /// use chappe::enums::BotCommandScope;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// // In groups there is nothing but this one, and only their admins see it.
    /// client.set_commands([("mute", "Be silent for a day")]).scope(BotCommandScope::ChatAdmins).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn scope(mut self, scope: impl Into<enums::BotCommandScope>) -> Self {
        self.request.scope = scope.into();
        self
    }

    /// For people with this language (two letters): for all unless set.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// client.set_commands([("help", "What I can do")]).await?;
    /// client.set_commands([("help", "Was ich kann")]).language("de").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn language(mut self, lang_code: impl Into<String>) -> Self {
        self.request.lang_code = lang_code.into();
        self
    }

    async fn call(self) -> Result<(), Error> {
        let Self { client, request } = self;
        if request.commands.is_empty() {
            let functions::bots::SetBotCommands { scope, lang_code, .. } = request;
            client.invoke(functions::bots::ResetBotCommands { scope, lang_code }).await?;
        } else {
            client.invoke(request).await?;
        }
        Ok(())
    }
}

into_call!(SetCommands => ());
