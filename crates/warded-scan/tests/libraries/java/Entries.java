import okhttp3.*;
import java.util.*;

class Entries {
    Request token(Map<String, String> params) {
        FormBody.Builder b = new FormBody.Builder();
        params.forEach(b::add);
        return new Request.Builder().url(this.tokenUrl).post(b.build()).build();
    }
    Request token2(Map<String, String> params) {
        FormBody.Builder b = new FormBody.Builder();
        params.forEach((k, v) -> b.add(k, v));
        return new Request.Builder().url(this.tokenUrl).post(b.build()).build();
    }
    Request token3(Map<String, String> params) {
        FormBody.Builder b = new FormBody.Builder();
        for (Map.Entry<String, String> e : params.entrySet()) {
            b.add(e.getKey(), e.getValue());
        }
        return new Request.Builder().url(this.tokenUrl).post(b.build()).build();
    }
    void a1(String code) throws Exception {
        Map<String, String> p = new HashMap<>();
        p.put("grant_type", "authorization_code");
        p.put("code", code);

        Request r = token(p);

        client.newCall(r).execute(); // WRD101
    }
    void a2(String code) throws Exception {
        Map<String, String> p = new HashMap<>();
        p.put("grant_type", "authorization_code");
        p.put("code", code);

        Request r = token2(p);

        client.newCall(r).execute(); // WRD101
    }
    void a3(String code) throws Exception {
        Map<String, String> p = new HashMap<>();
        p.put("grant_type", "authorization_code");
        p.put("code", code);

        Request r = token3(p);

        client.newCall(r).execute(); // WRD101
    }
    void a4(String code) throws Exception {
        Map<String, String> p = new HashMap<>();
        p.put("grant_type", "authorization_code");
        p.put("code", code);
        p.put("resource", server);

        Request r = token2(p);

        client.newCall(r).execute();
    }
}
