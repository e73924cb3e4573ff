package io.github.afterimage.serve.http;

import io.github.afterimage.serve.protocol.RequestException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.DoSHandler;
import org.eclipse.jetty.util.Callback;

/**
 * Refuses calls of those who may not make them.
 *
 * <ul>
 *   <li>With a token, calls that may change something need it, and if it guards reads, all but those that {@link #OPEN} matches.
 *   <li>Without a token, a server that other machines reach refuses these calls.
 *   <li>Without a token, a server that only this machine reaches refuses requests to another host, because a name that an
 *       attacker has pointed to this machine is one; it answers those to an allowed host, but for changes; and it refuses changes that
 *       the page of another origin asks for.
 * </ul>
 *
 * <p>Every call may change something unless it is known not to, so that a new path is guarded from the start.
 */
public final class Guard extends Handler.Wrapper {
    private static final Set<String> READING_METHODS = Set.of("GET", "HEAD", "OPTIONS");
    /** The names by which browsers reach a server of this machine. */
    private static final Set<String> LOCAL_HOSTS = Set.of("localhost", "127.0.0.1", "[::1]");

    /** Probes have no token, and the page and the document say nothing of the models. */
    private static final Pattern OPEN =
            Pattern.compile("/|/page/[^/]*|/openapi\\.json|/v2/docs(/[^/]*)?|/v2/health/(live|ready)");

    private static final Pattern QUESTION = Pattern.compile(".*/(infer|explain|classify)|/v2/repository/index");
    private static final String BEARER = "Bearer ";

    /** An address is forgotten after its last second, so more clients than these are active at once. */
    private static final int MAX_ADDRESSES = 10_000;

    private static final String HEALTH = "/v2/health/*";

    private final Optional<String> token;
    private final boolean guardsReads;
    private final boolean loopback;
    private final String host;
    private final Set<String> allowedHosts;

    /**
     * Guards a handler.
     *
     * @param token what calls that change something must show
     * @param guardsReads whether other calls must show it too
     * @param host the address that the server listens on
     * @param loopback true if only this machine reaches it
     * @param allowedHosts names of other hosts by which it may be read then, in small letters
     */
    public Guard(
            Handler handler,
            Optional<String> token,
            boolean guardsReads,
            String host,
            boolean loopback,
            Set<String> allowedHosts) {
        super(handler);
        this.allowedHosts = allowedHosts;
        this.token = token;
        this.guardsReads = guardsReads;
        this.loopback = loopback;
        this.host = host;
    }

    /**
     * Limits the requests per second of each client's address to a handler; others get status 429. Health checks always pass.
     *
     * @param maxRate requests per second of an address, and as many at once
     */
    public static Handler limited(Handler handler, int maxRate) {
        Request.Handler refusal = (request, response, callback) -> {
            Reply.problem(new RequestException(
                            HttpStatus.TOO_MANY_REQUESTS_429,
                            "more than " + maxRate + " requests a second come from this address: send it again later"))
                    .send(request, response, callback);
            return true;
        };
        DoSHandler limit = new DoSHandler(
                handler,
                DoSHandler.ID_FROM_REMOTE_ADDRESS,
                new DoSHandler.LeakingBucketTrackerFactory(maxRate),
                refusal,
                MAX_ADDRESSES);
        limit.excludePath(HEALTH);
        return limit;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        try {
            check(request);
        } catch (RequestException e) {
            Reply.problem(e).send(request, response, callback);
            return true;
        }
        return super.handle(request, response, callback);
    }

    private void check(Request request) {
        boolean changes = mayChange(request);
        if (token.isPresent()) {
            boolean read = guardsReads && !OPEN.matcher(Paths.of(request)).matches();
            if ((changes || read) && !hasToken(request, token.get())) {
                throw new RequestException(
                        HttpStatus.UNAUTHORIZED_401,
                        call(request) + " needs the token of the server: send it as Authorization: Bearer TOKEN");
            }
        } else if (loopback && isLocal(request)) {
            if (changes) {
                checkOrigin(request);
            }
        } else if (changes) {
            throw new RequestException(
                    HttpStatus.FORBIDDEN_403,
                    call(request) + " is refused, because other machines reach this server and it has no token:"
                            + " start it with a token");
        }
    }

    private static String call(Request request) {
        return request.getMethod() + " " + Request.getPathInContext(request);
    }

    private static boolean mayChange(Request request) {
        String path = Paths.of(request);
        boolean question =
                request.getMethod().equals("POST") && QUESTION.matcher(path).matches()
                        || request.getMethod().equals("PUT") && path.endsWith("/classify");
        return !question && !READING_METHODS.contains(request.getMethod());
    }

    private static boolean hasToken(Request request, String token) {
        String shown = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        return shown != null
                && shown.regionMatches(true, 0, BEARER, 0, BEARER.length())
                && MessageDigest.isEqual( // takes the same time wherever they differ
                        shown.substring(BEARER.length()).strip().getBytes(StandardCharsets.UTF_8),
                        token.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns whether a request came by a name of this machine, or false if it came by one that is allowed; others are refused. */
    private boolean isLocal(Request request) {
        String asked = Request.getServerName(request).toLowerCase(Locale.ROOT);
        boolean local = LOCAL_HOSTS.contains(asked) || asked.equalsIgnoreCase(host);
        if (!local && !allowedHosts.contains(asked)) {
            throw new RequestException(
                    HttpStatus.FORBIDDEN_403,
                    "host " + asked
                            + ": this server answers requests to localhost only; to serve other names, such as that"
                            + " which a proxy sends, start it with --allowed-hosts " + asked + ", or with a token");
        }
        return local;
    }

    /** Browsers say where a page is from in Origin, or, where that is left out, in Sec-Fetch-Site; programs say neither. */
    private static void checkOrigin(Request request) {
        String site = request.getHeaders().get("Sec-Fetch-Site");
        if (site != null && !site.matches("(?i)same-origin|none")) {
            throw new RequestException(
                    HttpStatus.FORBIDDEN_403,
                    call(request) + " is refused to pages of another site (Sec-Fetch-Site: " + site
                            + "): without a token, only the page of this server may change keys");
        }
        String host = String.valueOf(request.getHttpURI().getAuthority()); // HTTP/2 has no header Host
        for (String origin : request.getHeaders().getValuesList(HttpHeader.ORIGIN)) {
            if (!origin.toLowerCase(Locale.ROOT).matches("https?://" + Pattern.quote(host.toLowerCase(Locale.ROOT)))) {
                throw new RequestException(
                        HttpStatus.FORBIDDEN_403,
                        call(request) + " is refused to pages of " + (origin.isEmpty() ? "an empty origin" : origin)
                                + ": without a token, only the page of this server" + " may change keys");
            }
        }
    }
}
