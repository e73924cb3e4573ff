package io.github.afterimage.serve.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.serving.Health;
import io.github.afterimage.serving.RequestCounts;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StallWatchTest {
    private final StallWatch stalls = new StallWatch(Duration.ofSeconds(30));

    private Optional<String> look(int seconds, int queued, long answered, long failed) {
        RequestCounts counts = new RequestCounts(answered, seconds, seconds, 0, failed); // refusals are no progress
        return stalls.look(
                new Health(true, 1, Map.of(), queued, counts, List.of()),
                Duration.ofSeconds(seconds).toNanos());
    }

    @Test
    void thereIsNoneWhileRowsWaitAndNoBatchEnds() {
        assertThat(look(0, 0, 5, 0)).isEmpty();
        assertThat(look(100, 3, 5, 0)).as("rows wait since any time").isEmpty();
        assertThat(look(130, 2, 5, 0)).isEmpty();
        assertThat(look(131, 2, 5, 0)).contains("no request has been answered for 30 s, and 2 rows wait");
        assertThat(look(132, 2, 6, 0)).as("one was answered").isEmpty();
        assertThat(look(163, 2, 6, 0)).isPresent();
        assertThat(look(164, 2, 6, 1)).as("one has failed").isEmpty();
        assertThat(look(195, 0, 6, 1)).as("nothing waits").isEmpty();
        assertThat(look(226, 1, 6, 1)).isEmpty();
    }
}
