package io.github.afterimage.serve;

import io.github.afterimage.serve.models.FileVersion;
import io.github.afterimage.serve.work.PeriodicTask;
import io.grpc.ServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettySslContextServerCredentials;
import io.grpc.netty.shaded.io.netty.buffer.ByteBufAllocator;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.JdkSslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;
import org.eclipse.jetty.http2.HTTP2Cipher;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/**
 * The certificate that a server shows, and those for clients. New connections get what is in their files.
 *
 * <p>Threads: thread-safe. Lifetime: until {@link #close}.
 */
final class TlsIdentity implements AutoCloseable {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----(.*?)-----END PRIVATE KEY-----", Pattern.DOTALL);

    private final Path certificate;
    private final Path key;
    private final Optional<Path> clients;
    private final SslContextFactory.Server http = new SslContextFactory.Server();
    private volatile SslContext grpc;
    private List<FileVersion> versions; // of the thread that watches, as the next one
    private Set<X509Certificate> trusted;
    private @Nullable PeriodicTask watch;

    /**
     * Reads the files, as Let's Encrypt, Kubernetes and openssl write them.
     *
     * @param certificate PEM file: the certificate of the server, then those of its issuers
     * @param key PEM file: the private key in PKCS #8, not encrypted
     * @param clients PEM file: the certificates whose owners, or those to whom they issued one, may connect; without it, all may
     * @throws IOException if a file cannot be read or does not hold what it should; names it
     */
    TlsIdentity(Path certificate, Path key, Optional<Path> clients) throws IOException {
        this.certificate = certificate;
        this.key = key;
        this.clients = clients;
        http.setNeedClientAuth(clients.isPresent());
        http.setCipherComparator(HTTP2Cipher.COMPARATOR);
        versions = versions();
        trusted = trusted();
        grpc = read(trusted);
    }

    /**
     * Reads the files again when they change, until this is closed.
     *
     * @param interval between looks at them
     * @param distrust ends the connections of clients, because one of their certificates is no longer in its file
     */
    void follow(Duration interval, Runnable distrust) {
        watch = new PeriodicTask("afterimage-certificate", interval, () -> look(distrust));
    }

    private List<FileVersion> versions() {
        return Stream.concat(Stream.of(certificate, key), clients.stream())
                .map(FileVersion::of)
                .toList();
    }

    /** Reads files that have changed; those that cannot be used, perhaps because they are being written, are tried at their next change. */
    private void look(Runnable distrust) {
        List<FileVersion> now = versions();
        if (now.equals(versions)) {
            return;
        }
        Set<X509Certificate> next = trusted;
        try {
            next = trusted();
            grpc = read(next);
            log(System.Logger.Level.INFO, certificate + " and " + key + " are read again");
        } catch (IOException | RuntimeException e) {
            next = trusted;
            log(System.Logger.Level.WARNING, "the former certificate is shown: " + e.getMessage());
        }
        if (!next.containsAll(trusted)) {
            distrust.run();
        }
        trusted = next;
        versions = now; // not where the lines above have failed: the next look tries them again
    }

    private Set<X509Certificate> trusted() throws IOException {
        return clients.isPresent() ? Set.copyOf(List.of(certificates(clients.get()))) : Set.of();
    }

    /** Makes new contexts, because a client could resume a session of an old one that it would not get any more. */
    private SslContext read(Set<X509Certificate> issuers) throws IOException {
        X509Certificate[] chain = certificates(certificate);
        PrivateKey secret = secret(chain[0].getPublicKey().getAlgorithm());
        try {
            requirePair(chain[0].getPublicKey(), secret);
            for (int i = 1; i < chain.length; i++) {
                chain[i - 1].verify(chain[i].getPublicKey());
            }
        } catch (GeneralSecurityException e) {
            throw new IOException(
                    certificate + " and " + key
                            + " do not belong together: expected the certificate of the key, then that of"
                            + " its issuer, and so on; " + e.getMessage(),
                    e);
        }
        SslContextBuilder builder = SslContextBuilder.forServer(secret, chain);
        if (clients.isPresent()) {
            builder.trustManager(issuers).clientAuth(ClientAuth.REQUIRE);
        }
        SSLContext next = ((JdkSslContext) builder.sslProvider(SslProvider.JDK).build()).context();
        SslContext nextOfGrpc = GrpcSslContexts.configure(builder).build();
        try {
            http.reload(factory -> factory.setSslContext(next));
        } catch (Exception e) {
            throw new IOException(certificate + " cannot be shown: " + e.getMessage(), e);
        }
        return nextOfGrpc;
    }

    /** Signs something with the key, and verifies it with the certificate. */
    private static void requirePair(PublicKey open, PrivateKey secret) throws GeneralSecurityException {
        String algorithm = open.getAlgorithm();
        Signature signature = Signature.getInstance(
                switch (algorithm) {
                    case "EC" -> "SHA256withECDSA";
                    case "RSA", "DSA" -> "SHA256with" + algorithm;
                    default -> algorithm;
                });
        if (algorithm.equals("RSASSA-PSS")) {
            signature.setParameter(PSSParameterSpec.DEFAULT);
        }
        byte[] something = {1};
        signature.initSign(secret);
        signature.update(something);
        byte[] signed = signature.sign();
        signature.initVerify(open);
        signature.update(something);
        if (!signature.verify(signed)) {
            throw new SignatureException("the key is another one");
        }
    }

    private static X509Certificate[] certificates(Path certificate) throws IOException {
        byte[] bytes = Files.readAllBytes(certificate);
        try {
            X509Certificate[] chain = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(bytes))
                    .toArray(new X509Certificate[0]);
            if (chain.length > 0) {
                return chain;
            }
            throw new IOException(certificate + " holds no certificate: expected -----BEGIN CERTIFICATE-----");
        } catch (GeneralSecurityException e) {
            throw new IOException(certificate + " holds no certificate that can be read: " + e.getMessage(), e);
        }
    }

    /** @param algorithm of the public key, which is that of the private one */
    private PrivateKey secret(String algorithm) throws IOException {
        Matcher pem = KEY.matcher(Files.readString(key));
        if (!pem.find()) {
            throw new IOException(key + " holds no private key in PKCS #8 without a password: expected"
                    + " -----BEGIN PRIVATE KEY-----; convert it with openssl pkcs8 -topk8 -nodes");
        }
        try {
            byte[] bytes = Base64.getMimeDecoder().decode(pem.group(1));
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(key + " holds no key for the " + algorithm + " certificate in " + certificate, e);
        }
    }

    private static void log(System.Logger.Level level, String message) {
        System.getLogger(TlsIdentity.class.getName()).log(level, message);
    }

    /** Returns the identity for HTTP. */
    SslContextFactory.Server http() {
        return http;
    }

    /** Returns the identity for gRPC, which asks it for each connection. */
    ServerCredentials grpc() {
        return NettySslContextServerCredentials.create(new SslContext() {
            @Override
            public boolean isClient() {
                return false;
            }

            @Override
            public List<String> cipherSuites() {
                return grpc.cipherSuites();
            }

            @Override
            @SuppressWarnings("deprecation") // as everywhere in Netty
            public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
                return grpc.applicationProtocolNegotiator();
            }

            @Override
            public SSLEngine newEngine(ByteBufAllocator memory) {
                return grpc.newEngine(memory);
            }

            @Override
            public SSLEngine newEngine(ByteBufAllocator memory, String host, int port) {
                return grpc.newEngine(memory, host, port);
            }

            @Override
            public SSLSessionContext sessionContext() {
                return grpc.sessionContext();
            }
        });
    }

    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
    }
}
