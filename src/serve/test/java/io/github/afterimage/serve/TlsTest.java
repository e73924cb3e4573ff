package io.github.afterimage.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.serve.grpc.proto.GRPCInferenceServiceGrpc;
import io.github.afterimage.serve.grpc.proto.ServerLiveRequest;
import io.github.afterimage.serving.BatchListener;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTPS with certificates that the JDK's keytool makes. */
class TlsTest {
    @TempDir
    private Path folder;

    private static final char[] PASSWORD = "secret".toCharArray();

    /** Pairs of a key and its certificate, by their names: keytool takes most of a second for each. */
    private static KeyStore pairs;

    private Path certificate;
    private Path key;

    @BeforeAll
    static void generate(@TempDir Path made) throws Exception {
        Path file = made.resolve("pairs.p12");
        for (String name : List.of("EC", "RSA", "RSA of another")) {
            Process keytool = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-alias",
                            name,
                            "-keyalg",
                            name.split(" ")[0],
                            "-dname",
                            "CN=localhost",
                            "-ext",
                            "san=dns:localhost",
                            "-keystore",
                            file.toString(),
                            "-storepass",
                            "secret")
                    .redirectErrorStream(true)
                    .start();
            String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(keytool.waitFor()).as(output).isZero();
        }
        pairs = KeyStore.getInstance(file.toFile(), PASSWORD);
    }

    @BeforeEach
    void names() {
        certificate = folder.resolve("cert.pem");
        key = folder.resolve("key.pem");
    }

    /** Writes the files of the server. */
    private Certificate own(String pair) throws Exception {
        write(key, pairs.getKey(pair, PASSWORD));
        write(certificate, pairs.getCertificate(pair));
        return pairs.getCertificate(pair);
    }

    private static void write(Path file, Certificate certificate) throws Exception {
        write(file, "CERTIFICATE", certificate.getEncoded());
    }

    private static void write(Path file, Key key) throws IOException {
        write(file, "PRIVATE KEY", key.getEncoded());
    }

    private static void write(Path file, String kind, byte[] bytes) throws IOException {
        String base64 = Base64.getMimeEncoder().encodeToString(bytes);
        Files.writeString(file, "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n");
    }

    private static HttpClient clientThatTrusts(Certificate certificate) throws Exception {
        return clientThatTrusts(certificate, null);
    }

    /** @param shown the pair that the client shows; null for none */
    private static HttpClient clientThatTrusts(Certificate certificate, String shown) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("server", certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        if (shown != null) {
            own.setKeyEntry(shown, pairs.getKey(shown, PASSWORD), PASSWORD, pairs.getCertificateChain(shown));
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, PASSWORD);
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }

    private ServerOptions options() {
        ServerOptions options = new ServerOptions().tls(certificate, key);
        options.certificateInterval = Duration.ofMillis(50);
        return options;
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC"})
    void answersOverTls(String algorithm) throws Exception {
        Certificate own = own(algorithm);
        try (RunningServer server = new RunningServer(options())) {
            URI uri = URI.create("https://localhost:" + server.port() + RunningServer.INFER);
            HttpClient client = clientThatTrusts(own);
            for (HttpClient.Version version : HttpClient.Version.values()) {
                HttpRequest request = HttpRequest.newBuilder(uri)
                        .version(version)
                        .POST(HttpRequest.BodyPublishers.ofString(RunningServer.QUESTION))
                        .build();
                for (CompletableFuture<HttpResponse<String>> each : Stream.generate(
                                () -> client.sendAsync(request, HttpResponse.BodyHandlers.ofString()))
                        .limit(50)
                        .toList()) {
                    assertThat(each.get().statusCode()).as(each.get().body()).isEqualTo(200);
                    assertThat(each.get().version()).isEqualTo(version);
                }
            }
            assertThat(server.raw("GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                    .doesNotStartWith("HTTP/1.1 200");
        }
    }

    @Test
    void thePageOfTheServerMayTeachInEachVersionOfHttp() throws Exception {
        Certificate own = own("EC");
        try (RunningServer server = new RunningServer(options())) {
            String origin = "https://localhost:" + server.port();
            HttpClient client = clientThatTrusts(own);
            for (HttpClient.Version version : HttpClient.Version.values()) {
                for (String page : List.of(origin, "https://null", "https://example.org")) {
                    HttpRequest request = HttpRequest.newBuilder(URI.create(origin + "/v2/models/birds/keys?label=0"))
                            .version(version)
                            .header("Origin", page)
                            .DELETE()
                            .build();
                    HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                    assertThat(answer.body().contains("is refused to pages of"))
                            .as(version + " " + page + " " + answer.body())
                            .isEqualTo(!page.equals(origin));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"h2", "http/1.1"})
    void theClientChoosesTheProtocol(String protocol) throws Exception {
        Certificate own = own("EC");
        try (RunningServer server = new RunningServer(options());
                SSLSocket socket = (SSLSocket) clientThatTrusts(own)
                        .sslContext()
                        .getSocketFactory()
                        .createSocket("localhost", server.port())) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {protocol});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            assertThat(socket.getApplicationProtocol()).isEqualTo(protocol);
        }
    }

    @Test
    void aQueryIsCancelledWhenTheStreamOfItsClientEnds() throws Exception {
        Certificate own = own("EC");
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        try (RunningServer server = new RunningServer(options())) {
            server.observe(new BatchListener() {
                @Override
                public void passed(int rows, long nanos) {
                    begun.countDown();
                    try {
                        released.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
            });
            HttpClient client = clientThatTrusts(own);
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("https://localhost:" + server.port() + RunningServer.INFER))
                    .POST(HttpRequest.BodyPublishers.ofString(RunningServer.QUESTION))
                    .build();
            CompletableFuture<HttpResponse<String>> first =
                    client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
            begun.await();
            CompletableFuture<HttpResponse<String>> second =
                    client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
            await(() -> server.health().queuedRows() == 1);
            second.cancel(true);
            await(() -> server.health().queuedRows() == 0);
            released.countDown();
            assertThat(first.get().statusCode()).isEqualTo(200);
            await(() -> server.health().requests().cancelled() == 1);
        }
    }

    @Test
    void newConnectionsGetTheCertificateThatIsInTheFiles() throws Exception {
        own("EC");
        try (RunningServer server = new RunningServer(options().grpcPort(0))) {
            assertThat(isLive(server, trust())).isTrue();
            Files.writeString(certificate, "being written");
            Certificate next = own("RSA");
            HttpRequest request = HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + "/v2"))
                    .build();
            await(() -> isAnswered(next, request));
            TlsChannelCredentials.Builder trust = trust();
            await(() -> isLive(server, trust)); // it follows that of HTTP
        }
    }

    private static boolean isAnswered(Certificate trusted, HttpRequest request) {
        return isAnswered(trusted, null, request);
    }

    private static boolean isAnswered(Certificate trusted, String shown, HttpRequest request) {
        try {
            return clientThatTrusts(trusted, shown)
                            .send(request, HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (Exception e) {
            return false;
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 3000 && !condition.getAsBoolean(); i++) {
            Thread.sleep(10);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    private TlsChannelCredentials.Builder trust() throws IOException {
        return TlsChannelCredentials.newBuilder().trustManager(certificate.toFile());
    }

    private static boolean isLive(RunningServer server, TlsChannelCredentials.Builder credentials) {
        ManagedChannel channel = Grpc.newChannelBuilder("localhost:" + server.grpcPort(), credentials.build())
                .build();
        try {
            return GRPCInferenceServiceGrpc.newBlockingStub(channel)
                    .serverLive(ServerLiveRequest.getDefaultInstance())
                    .getLive();
        } catch (StatusRuntimeException e) {
            return false;
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void onlyClientsWithACertificateThatTheFileNamesAreAnswered() throws Exception {
        Certificate own = own("EC");
        Path clients = folder.resolve("clients.pem");
        String first = "RSA";
        String second = "RSA of another";
        write(clients, pairs.getCertificate(first));
        Path firstKey = folder.resolve("first.key");
        write(firstKey, pairs.getKey(first, PASSWORD));
        ServerOptions options = options().clients(clients).grpcPort(0);
        try (RunningServer server = new RunningServer(options)) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + "/v2"))
                    .build();
            assertThat(isAnswered(own, first, request)).isTrue();
            assertThat(isAnswered(own, second, request)).isFalse();
            assertThat(isAnswered(own, request)).isFalse();
            assertThat(isLive(server, trust().keyManager(clients.toFile(), firstKey.toFile())))
                    .isTrue();
            assertThat(isLive(server, trust())).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, false", "TLSv1.3, false", "TLSv1.2, true", "TLSv1.3, true"})
    void aClientThatIsNoLongerNamedIsCutOffAndDoesNotEnterByASessionOfBefore(String version, boolean grpc)
            throws Exception {
        Certificate own = own("EC");
        Path clients = folder.resolve("clients.pem");
        String first = "RSA";
        String second = "RSA of another";
        write(clients, pairs.getCertificate(first));
        try (RunningServer server = new RunningServer(options().clients(clients).grpcPort(0))) {
            int port = grpc ? server.grpcPort() : server.port();
            SSLContext before = clientThatTrusts(own, first).sslContext();
            assertThat(enters(before, version, grpc, port)).isTrue();
            try (SSLSocket open = connection(before, version, grpc, port)) {
                assertThat(open.getInputStream().read()).isNotNegative();
                Path alone = folder.resolve("second.pem");
                write(alone, pairs.getCertificate(second));
                Files.writeString(clients, Files.readString(alone), StandardOpenOption.APPEND);
                SSLContext next = clientThatTrusts(own, second).sslContext();
                await(() -> enters(next, version, grpc, port));
                assertThat(isCut(open, 200)).isFalse();
                Files.move(alone, clients, StandardCopyOption.REPLACE_EXISTING);
                assertThat(isCut(open, 10_000)).isTrue();
                await(() -> enters(next, version, grpc, port)); // those that come while all are cut may be cut too
                assertThat(enters(before, version, grpc, port)).isFalse();
            }
        }
    }

    /** Returns whether a client, which resumes its session if it has one, gets an answer. */
    private static boolean enters(SSLContext client, String version, boolean grpc, int port) {
        try (SSLSocket socket = connection(client, version, grpc, port)) {
            return socket.getInputStream().read() >= 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Makes a connection that asks something. */
    private static SSLSocket connection(SSLContext client, String version, boolean grpc, int port) throws IOException {
        SSLSocket socket = (SSLSocket) client.getSocketFactory().createSocket("localhost", port);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(new String[] {version});
        parameters.setApplicationProtocols(new String[] {grpc ? "h2" : "http/1.1"});
        socket.setSSLParameters(parameters);
        String first = grpc
                ? "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0" // with empty SETTINGS
                : "GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n";
        socket.getOutputStream().write(first.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** Returns whether the server ends a connection within a time. */
    private static boolean isCut(SSLSocket connection, int millis) throws IOException {
        connection.setSoTimeout(millis);
        try {
            byte[] unused = connection.getInputStream().readAllBytes();
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void aLookAtTheFilesThatFailsIsNotTheLast() throws Exception {
        own("EC");
        Path clients = folder.resolve("clients.pem");
        write(clients, pairs.getCertificate("RSA"));
        CountDownLatch looks = new CountDownLatch(2);
        try (TlsIdentity identity = new TlsIdentity(certificate, key, Optional.of(clients))) {
            identity.follow(Duration.ofMillis(10), () -> {
                looks.countDown();
                throw new OutOfMemoryError("of the test");
            });
            write(clients, pairs.getCertificate("RSA of another"));
            assertThat(looks.await(1, TimeUnit.MINUTES)).isTrue();
        }
    }

    @Test
    void filesThatHoldNoCertificateOrKeyAreNamed() throws Exception {
        own("RSA");
        Files.writeString(key, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
        assertRefused(key + " holds no private key in PKCS #8 without a password");
        write(key, "PRIVATE KEY", new byte[8]);
        assertRefused(key + " holds no key for the RSA certificate");
        write(key, pairs.getKey("RSA of another", PASSWORD));
        assertRefused(certificate + " and " + key + " do not belong together");
        own("RSA of another");
        String other = Files.readString(certificate);
        own("RSA");
        Files.writeString(certificate, Files.readString(certificate) + other);
        assertRefused(certificate + " and " + key + " do not belong together");
        Files.writeString(certificate, "");
        assertRefused(certificate + " holds no certificate");
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> new RunningServer(options()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(message);
    }
}
