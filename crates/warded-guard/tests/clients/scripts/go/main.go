// The official Go SDK at servers that want a token.
//
// On its input is a JSON list of visits, each {"url", "token", "errand"}; it tells one line of JSON for each, without
// any token in it: what it could do, or what it read in the challenge. An errand is {"calls": {TOOL: ARGUMENTS}}, and
// where the server has such things also "progress": {"tool", "arguments", "steps"}, "read": URI and "prompt":
// {"name", "arguments"}.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"slices"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
	"golang.org/x/oauth2"
)

type errand struct {
	Calls    map[string]map[string]any
	Progress *struct {
		Tool      string
		Arguments map[string]any
		Steps     int
	}
	Read   string
	Prompt *mcp.GetPromptParams
}

type visit struct {
	URL    string
	Token  string
	Errand errand
}

// bearer presents one token, and reads the challenge with which it is refused.
type bearer struct {
	token   string
	refusal map[string]any
}

func (b *bearer) TokenSource(context.Context) (oauth2.TokenSource, error) {
	return oauth2.StaticTokenSource(&oauth2.Token{AccessToken: b.token}), nil
}

func (b *bearer) Authorize(_ context.Context, _ *http.Request, response *http.Response) error {
	defer response.Body.Close()
	challenges, err := oauthex.ParseWWWAuthenticate(response.Header.Values("WWW-Authenticate"))
	if err != nil {
		return err
	}
	for _, challenge := range challenges {
		if challenge.Scheme == "bearer" {
			read := map[string]any{}
			for _, name := range []string{"resource_metadata", "scope", "error"} {
				read[name] = challenge.Params[name]
			}
			b.refusal = map[string]any{"status": response.StatusCode, "challenge": read}
		}
	}
	return errors.New("refused")
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/modelcontextprotocol/go-sdk" {
			return module.Version
		}
	}
	return "of no version"
}

// call calls a tool; a token asks for progress.
func call(ctx context.Context, session *mcp.ClientSession, tool string, given any, token any) (string, error) {
	params := &mcp.CallToolParams{Name: tool, Arguments: given}
	if token != nil {
		params.SetProgressToken(token)
	}
	result, err := session.CallTool(ctx, params)
	if err != nil {
		return "", fmt.Errorf("%s: %w", tool, err)
	}
	text := ""
	for _, block := range result.Content {
		if block, ok := block.(*mcp.TextContent); ok {
			text += block.Text
		}
	}
	if result.IsError {
		return "", fmt.Errorf("the tool failed: %s", text)
	}
	return text, nil
}

func (v *visit) run(ctx context.Context, handler *bearer) (map[string]any, error) {
	steps := make(chan float64, 100)
	client := mcp.NewClient(&mcp.Implementation{Name: "go", Version: "1.0.0"}, &mcp.ClientOptions{
		ProgressNotificationHandler: func(_ context.Context, request *mcp.ProgressNotificationClientRequest) {
			steps <- request.Params.Progress
		},
	})
	transport := &mcp.StreamableClientTransport{Endpoint: v.URL}
	if v.Token != "" {
		transport.OAuthHandler = handler
	}
	session, err := client.Connect(ctx, transport, nil)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	tools, err := session.ListTools(ctx, nil)
	if err != nil {
		return nil, err
	}
	calls := map[string]string{}
	for tool, given := range v.Errand.Calls {
		if calls[tool], err = call(ctx, session, tool, given, nil); err != nil {
			return nil, err
		}
	}
	outcome := map[string]any{
		"revision": session.InitializeResult().ProtocolVersion,
		"tools":    names(tools.Tools, func(tool *mcp.Tool) string { return tool.Name }),
		"calls":    calls,
	}
	if progress := v.Errand.Progress; progress != nil {
		if _, err := call(ctx, session, progress.Tool, progress.Arguments, "steps"); err != nil {
			return nil, err
		}
		// The SDK may hand on the last step after the answer.
		heard := []float64{}
		for range progress.Steps {
			heard = append(heard, <-steps)
		}
		outcome["progress"] = heard
	}
	if v.Errand.Read != "" {
		resources, err := session.ListResources(ctx, nil)
		if err != nil {
			return nil, err
		}
		outcome["resources"] = names(resources.Resources, func(resource *mcp.Resource) string { return resource.URI })
		read, err := session.ReadResource(ctx, &mcp.ReadResourceParams{URI: v.Errand.Read})
		if err != nil {
			return nil, err
		}
		text := ""
		for _, content := range read.Contents {
			text += content.Text
		}
		outcome["read"] = text
	}
	if v.Errand.Prompt != nil {
		prompts, err := session.ListPrompts(ctx, nil)
		if err != nil {
			return nil, err
		}
		outcome["prompts"] = names(prompts.Prompts, func(prompt *mcp.Prompt) string { return prompt.Name })
		got, err := session.GetPrompt(ctx, v.Errand.Prompt)
		if err != nil {
			return nil, err
		}
		text := ""
		for _, message := range got.Messages {
			if block, ok := message.Content.(*mcp.TextContent); ok {
				text += block.Text
			}
		}
		outcome["prompt"] = text
	}
	return outcome, nil
}

func names[T any](listed []T, name func(T) string) []string {
	sorted := []string{}
	for _, each := range listed {
		sorted = append(sorted, name(each))
	}
	slices.Sort(sorted)
	return sorted
}

func main() {
	var visits []visit
	if err := json.NewDecoder(os.Stdin).Decode(&visits); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, each := range visits {
		handler := &bearer{token: each.Token}
		outcome, err := each.run(context.Background(), handler)
		if err != nil {
			if handler.refusal == nil {
				fmt.Fprintf(os.Stderr, "at %s: %v\n", each.URL, err)
				os.Exit(1)
			}
			outcome = handler.refusal
		}
		outcome["client"] = "go-sdk " + version() + " (Go)"
		if err := json.NewEncoder(os.Stdout).Encode(outcome); err != nil {
			os.Exit(1)
		}
	}
}
