import jakarta.servlet.Filter;
import java.net.URI;
import org.springaicommunity.mcp.security.server.config.McpServerOAuth2Configurer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.mock.web.MockServletContext;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;

/** Servers made with the MCP project of the Spring community, asked without a socket. */
final class SpringMcpServer {
    /** What a test changes about a configurer. */
    interface Change {
        McpServerOAuth2Configurer of(McpServerOAuth2Configurer configurer);
    }

    private static final int HTTPS = 443;
    private static final int UNAUTHORIZED = 401;
    /** What comes after the token was judged: there is nothing behind the filters. */
    private static final int NOT_FOUND = 404;

    static void calls(Measure measure) throws Exception {
        call(measure, "McpServerOAuth2Configurer.mcpServerOAuth2()", configurer -> configurer, measure.here);
        call(measure, "mcpServerOAuth2().validateAudienceClaim(false)",
            configurer -> configurer.validateAudienceClaim(false), measure.here);
        call(measure, "mcpServerOAuth2().validateAudienceClaim(true)",
            configurer -> configurer.validateAudienceClaim(true), measure.here);
        // The audience that it expects is made from the request.
        call(measure, "mcpServerOAuth2().validateAudienceClaim(true), asked with `Host: b.example`",
            configurer -> configurer.validateAudienceClaim(true), measure.here.replace("a.example", "b.example"));
    }

    private static void call(Measure measure, String call, Change change, String address) throws Exception {
        McpServerOAuth2Configurer configurer = change.of(McpServerOAuth2Configurer.mcpServerOAuth2()
            .authorizationServer(measure.issuer)
            .resourcePath(URI.create(measure.here).getPath())
            .jwtDecoder(SpringDecoder.decoder(measure)));
        try (AnnotationConfigWebApplicationContext context = new AnnotationConfigWebApplicationContext()) {
            context.setServletContext(new MockServletContext());
            context.addBeanFactoryPostProcessor(beans -> beans.registerSingleton("configurer", configurer));
            context.register(Server.class);
            context.refresh();
            MockMvc server = MockMvcBuilders.webAppContextSetup(context)
                .addFilters(context.getBean("springSecurityFilterChain", Filter.class)).build();
            measure.call("org.springaicommunity", "mcp-server-security", McpServerOAuth2Configurer.class, call, token -> {
                int status = server.perform(MockMvcRequestBuilders.post(URI.create(address))
                    .with(request -> {
                        request.setServerPort(HTTPS);
                        return request;
                    })
                    .header("Authorization", "Bearer " + token)).andReturn().getResponse().getStatus();
                switch (status) {
                    case NOT_FOUND -> { }
                    case UNAUTHORIZED -> throw new SecurityException();
                    default -> {
                        System.err.println("the server answered " + status);
                        System.exit(1);
                    }
                }
            });
        }
    }

    @Configuration
    @EnableWebMvc
    @EnableWebSecurity
    static class Server {
        @Bean
        SecurityFilterChain filters(HttpSecurity http, McpServerOAuth2Configurer configurer) throws Exception {
            return http.authorizeHttpRequests(every -> every.anyRequest().authenticated())
                .with(configurer, one -> { }).build();
        }
    }
}
