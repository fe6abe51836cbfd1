package a

import (
	"net/http"
	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"
	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/mux"
	"github.com/go-resty/resty/v2"
	"net/http/httputil"
	"google.golang.org/grpc/metadata"
)

func Std(w http.ResponseWriter, r *http.Request) {
	req, _ := http.NewRequest("GET", "https://api.other.com/x", nil)
	req.Header.Set("Authorization", r.Header.Get("Authorization")) // WRD207
	http.DefaultClient.Do(req)
}
func Gin(c *gin.Context) {
	req, _ := http.NewRequest("GET", backend+"/x", nil)
	req.Header.Add("Authorization", c.GetHeader("Authorization")) // WRD207
	http.DefaultClient.Do(req)
}
func Gin2(c *gin.Context) {
	req, _ := http.NewRequestWithContext(c, "GET", backend+"/x", nil)
	token := c.Request.Header.Get("Authorization")
	token = strings.TrimPrefix(token, "Bearer ")
	req.Header.Set("Authorization", "Bearer "+token) // WRD207
	http.DefaultClient.Do(req)
}
func Echo(c echo.Context) error {
	req, _ := http.NewRequest("GET", backend+"/x", nil)
	req.Header.Set("Authorization", c.Request().Header.Get("Authorization")) // WRD207
	http.DefaultClient.Do(req)
	return nil
}
func EchoConst(c echo.Context) error {
	req, _ := http.NewRequest("GET", backend+"/x", nil)
	req.Header.Set(echo.HeaderAuthorization, c.Request().Header.Get(echo.HeaderAuthorization)) // WRD207
	http.DefaultClient.Do(req)
	return nil
}
func Fiber(c *fiber.Ctx) error {
	req, _ := http.NewRequest("GET", backend+"/x", nil)
	req.Header.Set("Authorization", c.Get("Authorization")) // WRD207
	http.DefaultClient.Do(req)
	return nil
}
func All(w http.ResponseWriter, r *http.Request) {
	req, _ := http.NewRequest(r.Method, backend, r.Body)
	for k, v := range r.Header {
		req.Header[k] = v // WRD207
	}
	http.DefaultClient.Do(req)
}
func AllAdd(w http.ResponseWriter, r *http.Request) {
	req, _ := http.NewRequest(r.Method, backend, r.Body)
	for k, vv := range r.Header {
		for _, v := range vv {
			req.Header.Add(k, v) // WRD207
		}
	}
	http.DefaultClient.Do(req)
}
func Clone(w http.ResponseWriter, r *http.Request) {
	req, _ := http.NewRequest(r.Method, backend, r.Body)
	req.Header = r.Header.Clone() // WRD207
	http.DefaultClient.Do(req)
}
func Query(w http.ResponseWriter, r *http.Request) {
	tok := r.URL.Query().Get("access_token") // WRD208
	verify(tok)
	tok2 := r.FormValue("access_token") // WRD208
	verify(tok2)
}
func GinQ(c *gin.Context) {
	tok := c.Query("access_token") // WRD208
	verify(tok)
	tok2 := c.DefaultQuery("access_token", "") // WRD208
	verify(tok2)
}
func EchoQ(c echo.Context) {
	verify(c.QueryParam("access_token")) // WRD208
}
func FiberQ(c *fiber.Ctx) {
	verify(c.Query("access_token")) // WRD208
}
func Ctx(ctx context.Context, r *http.Request) context.Context {
	return context.WithValue(ctx, authKey{}, r.Header.Get("Authorization"))
}
func Tool(ctx context.Context) {
	req, _ := http.NewRequest("GET", backend, nil)
	req.Header.Set("Authorization", ctx.Value(authKey{}).(string)) // WRD207
	http.DefaultClient.Do(req)
}
func Grpc(ctx context.Context) {
	md, _ := metadata.FromIncomingContext(ctx)
	req, _ := http.NewRequest("GET", backend, nil)
	req.Header.Set("Authorization", md.Get("authorization")[0]) // WRD207
	http.DefaultClient.Do(req)
}
func GrpcFwd(ctx context.Context) context.Context {
	md, _ := metadata.FromIncomingContext(ctx)
	return metadata.NewOutgoingContext(ctx, md) // WRD207
}
func GrpcOwn(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+ownToken)
}
func RestyOwn(w http.ResponseWriter, r *http.Request) {
	resty.New().R().SetHeader("Authorization", ownToken).SetHeader("X-Request-Id", r.Header.Get("X-Request-Id")).Get(backend)
}
func GinOther(c *gin.Context) {
	show(c.DefaultQuery("page", "1"))
}
