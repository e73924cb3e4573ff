package io.github.afterimage.serve;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.github.afterimage.serve.models.FileVersion;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.eclipse.jetty.http2.HTTP2Cipher;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * The certificate that a server shows, and those for clients. New connections get what is in their files: these are read again when
 * they change.
 *
 * <p>Threads: thread-safe. Lifetime: until {@link #close}.
 */
final class TlsIdentity implements AutoCloseable {
    private static final int LOOK_SECONDS = 2;

    private final TlsFiles files;
    private final AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
    private final AdvancedTlsX509TrustManager clients;
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(new ThreadFactoryBuilder()
            .setNameFormat("afterimage-certificate")
            .setDaemon(true)
            .build());
    private List<FileVersion> read; // of the thread that watches

    /** @throws IOException if a file cannot be read or does not hold what it should; names it */
    TlsIdentity(TlsFiles files) throws IOException {
        this.files = files;
        try {
            clients = AdvancedTlsX509TrustManager.newBuilder()
                    .setVerification(AdvancedTlsX509TrustManager.Verification.CERTIFICATE_ONLY_VERIFICATION)
                    .build();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // it reads nothing yet
        }
        read = versions();
        files.read(keys, clients);
        ScheduledFuture<?> unused =
                watch.scheduleWithFixedDelay(this::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    private List<FileVersion> versions() {
        return files.all().stream().map(FileVersion::of).toList();
    }

    /** Reads files that have changed; those that cannot be used, perhaps because they are being written, are tried at their next change. */
    private void look() {
        try {
            List<FileVersion> now = versions();
            if (!now.equals(read)) {
                read = now;
                files.read(keys, clients);
                log(System.Logger.Level.INFO, files + " are read again");
            }
        } catch (IOException | RuntimeException e) {
            log(System.Logger.Level.WARNING, "the former certificate is shown: " + e.getMessage());
        }
    }

    private static void log(System.Logger.Level level, String message) {
        System.getLogger(TlsIdentity.class.getName()).log(level, message);
    }

    /** Returns the identity for HTTP. */
    SslContextFactory.Server http() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {keys}, new TrustManager[] {clients}, null);
            SslContextFactory.Server factory = new SslContextFactory.Server();
            factory.setSslContext(context);
            factory.setNeedClientAuth(files.clients().isPresent());
            factory.setCipherComparator(HTTP2Cipher.COMPARATOR);
            return factory;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every JDK has TLS
        }
    }

    /** Returns the identity for gRPC. */
    ServerCredentials grpc() {
        TlsServerCredentials.Builder credentials =
                TlsServerCredentials.newBuilder().keyManager(keys);
        return files.clients().isPresent()
                ? credentials
                        .trustManager(clients)
                        .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                        .build()
                : credentials.build();
    }

    @Override
    public void close() {
        watch.shutdownNow();
    }
}
