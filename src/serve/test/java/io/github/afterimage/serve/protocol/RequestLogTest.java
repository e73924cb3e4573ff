package io.github.afterimage.serve.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RequestLogTest {
    private final List<String> said = new ArrayList<>();
    private final AtomicLong clock = new AtomicLong();
    private final RequestLog log = new RequestLog(
            new System.Logger() {
                @Override
                public String getName() {
                    return "";
                }

                @Override
                public boolean isLoggable(Level level) {
                    return true;
                }

                @Override
                public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
                    said.add(message);
                }

                @Override
                public void log(Level level, ResourceBundle bundle, String format, Object... parameters) {
                    said.add(format);
                }
            },
            clock::get);

    private void warn(String message) {
        log.add(System.Logger.Level.WARNING, message, null);
    }

    @Test
    void moreLinesThanTenInTenSecondsAreCounted() {
        for (int i = 0; i < 1000; i++) {
            warn("refused");
        }
        assertThat(said).hasSize(RequestLog.MOST).containsOnly("refused");
        clock.addAndGet(TimeUnit.SECONDS.toNanos(11));
        warn("refused");
        warn("refused");
        assertThat(said.subList(RequestLog.MOST, said.size()))
                .containsExactly("990 lines about requests are left out; refused", "refused");
    }

    @Test
    void controlCharactersOfClientsBeginNoLines() {
        log.add(System.Logger.Level.ERROR, "a\nfake", new IllegalStateException("b\r\nfake\u001b[31m"));
        assertThat(said).hasSize(1);
        assertThat(said.get(0))
                .startsWith("a?fake\njava.lang.IllegalStateException: b??fake?[31m\n\tat ")
                .doesNotContain("\nfake");
    }
}
