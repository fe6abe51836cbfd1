//! What does the client do at a server that lets it in?

use std::{collections::BTreeMap, error::Error};

use rmcp::{
    ClientHandler, RoleClient,
    model::{
        CallToolRequestParams, GetPromptRequestParams, JsonObject, ProgressNotificationParam,
        ReadResourceRequestParams, ResourceContents,
    },
    service::{NotificationContext, RunningService},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Tools to call; and where the server has them, a tool that reports progress, a resource and a prompt.
#[derive(Deserialize)]
pub(crate) struct Errand {
    calls: BTreeMap<String, JsonObject>,
    progress: Option<Progress>,
    read: Option<String>,
    prompt: Option<Prompt>,
}

#[derive(Deserialize)]
struct Progress {
    tool: String,
    arguments: JsonObject,
    steps: usize,
}

#[derive(Deserialize)]
struct Prompt {
    name: String,
    arguments: JsonObject,
}

/// A client that hands on the steps of which it hears.
pub(crate) struct Steps(UnboundedSender<f64>);

impl Steps {
    pub(crate) fn new() -> (Self, UnboundedReceiver<f64>) {
        let (sender, heard) = unbounded_channel();
        (Self(sender), heard)
    }
}

impl ClientHandler for Steps {
    async fn on_progress(&self, step: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        let _gone = self.0.send(step.progress);
    }
}

type Client = RunningService<RoleClient, Steps>;

impl Errand {
    pub(crate) async fn run(
        self,
        client: Client,
        mut heard: UnboundedReceiver<f64>,
    ) -> Result<Value, Box<dyn Error>> {
        let mut tools: Vec<_> = client.list_all_tools().await?.into_iter().map(|tool| tool.name).collect();
        tools.sort();
        let mut calls = BTreeMap::new();
        for (tool, given) in self.calls {
            calls.insert(tool.clone(), call(&client, tool, given).await?);
        }
        let revision = client.peer_info().map(|server| server.protocol_version.to_string());
        let mut told = json!({ "revision": revision, "tools": tools, "calls": calls });
        if let Some(Progress { tool, arguments, steps }) = self.progress {
            call(&client, tool, arguments).await?;
            // The SDK hands each on in a task of its own: after the answer, or out of order.
            let mut reported = Vec::new();
            for _ in 0..steps {
                reported.push(heard.recv().await.ok_or("the client has gone")?);
            }
            reported.sort_by(f64::total_cmp);
            told["progress"] = json!(reported);
        }
        if let Some(uri) = self.read {
            let mut uris: Vec<_> =
                client.list_all_resources().await?.into_iter().map(|resource| resource.uri.clone()).collect();
            uris.sort();
            told["resources"] = json!(uris);
            let read = client.read_resource(ReadResourceRequestParams::new(uri)).await?;
            let text = read.contents.into_iter().filter_map(|content| match content {
                ResourceContents::TextResourceContents { text, .. } => Some(text),
                _ => None,
            });
            told["read"] = json!(text.collect::<String>());
        }
        if let Some(Prompt { name, arguments }) = self.prompt {
            let mut names: Vec<_> =
                client.list_all_prompts().await?.into_iter().map(|prompt| prompt.name).collect();
            names.sort();
            told["prompts"] = json!(names);
            let get = GetPromptRequestParams::new(name).with_arguments(arguments);
            let messages = client.get_prompt(get).await?.messages;
            let text = messages.iter().filter_map(|message| Some(message.content.as_text()?.text.clone()));
            told["prompt"] = json!(text.collect::<String>());
        }
        client.cancel().await?;
        Ok(told)
    }
}

async fn call(client: &Client, tool: String, arguments: JsonObject) -> Result<String, Box<dyn Error>> {
    let result = client.call_tool(CallToolRequestParams::new(tool).with_arguments(arguments)).await?;
    if result.is_error == Some(true) {
        return Err(format!("the tool failed: {result:?}").into());
    }
    Ok(result.content.iter().filter_map(|block| Some(block.as_text()?.text.clone())).collect())
}
