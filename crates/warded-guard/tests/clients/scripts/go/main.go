// The official Go SDK at a guarded server.
//
//	TOKEN=... client URL
//
// It tells one JSON line, without any token in it: what it could do, or what it read in the challenge.
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

// bearer presents one token, and reads the challenge with which it is refused.
type bearer struct {
	refusal map[string]any
}

func (b *bearer) TokenSource(context.Context) (oauth2.TokenSource, error) {
	return oauth2.StaticTokenSource(&oauth2.Token{AccessToken: os.Getenv("TOKEN")}), nil
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

func call(ctx context.Context, session *mcp.ClientSession, tool string, given any) (string, error) {
	result, err := session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: given})
	if err != nil {
		return "", err
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

func errand(ctx context.Context, url string, handler *bearer) (map[string]any, error) {
	client := mcp.NewClient(&mcp.Implementation{Name: "go", Version: "1.0.0"}, nil)
	session, err := client.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: url, OAuthHandler: handler}, nil)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	listed, err := session.ListTools(ctx, nil)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, tool := range listed.Tools {
		names = append(names, tool.Name)
	}
	slices.Sort(names)
	whoami, err := call(ctx, session, "whoami", map[string]any{})
	if err != nil {
		return nil, err
	}
	note, err := call(ctx, session, "note", map[string]any{"text": "tea"})
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"revision": session.InitializeResult().ProtocolVersion,
		"tools":    names,
		"calls":    map[string]any{"whoami": whoami, "note": note},
	}, nil
}

func main() {
	handler := &bearer{}
	outcome, err := errand(context.Background(), os.Args[1], handler)
	if err != nil {
		if handler.refusal == nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		outcome = handler.refusal
	}
	outcome["client"] = "go-sdk " + version() + " (Go)"
	if err := json.NewEncoder(os.Stdout).Encode(outcome); err != nil {
		os.Exit(1)
	}
}
