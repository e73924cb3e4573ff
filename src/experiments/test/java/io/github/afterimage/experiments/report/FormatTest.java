package io.github.afterimage.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.options.GridOptions;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class FormatTest {
    @Test
    void writesNumbersAsPeopleReadThem() {
        assertThat(Format.count(12_288)).isEqualTo("12,288");
        assertThat(Format.count(1, "index")).isEqualTo("1 index");
        assertThat(Format.count(2, "index")).isEqualTo("2 indexes");
        assertThat(Format.count(0, "class")).isEqualTo("0 classes");
        assertThat(Format.percent(0.0831)).isEqualTo("8.31 %");
        assertThat(Format.bytes(999)).isEqualTo("999 B");
        assertThat(Format.bytes(1000)).isEqualTo("1.00 kB");
        assertThat(Format.bytes(999_999)).isEqualTo("1.00 MB");
        assertThat(Format.bytes(4_915_200_000L)).isEqualTo("4.92 GB");
        assertThat(Format.bytes(Long.MAX_VALUE)).isEqualTo("9223372.04 TB");
        assertThat(Format.seconds(0.005)).isEqualTo("0.01 s");
        assertThat(Format.rate(3, 2, "images")).isEqualTo("1.50 images/s");
        assertThat(Format.rate(3000, 2, "images")).isEqualTo("1,500 images/s");
        assertThat(Format.rate(3, 0, "images")).isEmpty();
        assertThat(Format.number(80)).isEqualTo("80");
        assertThat(Format.number(0.5111)).isEqualTo("0.5111");
        assertThat(Format.number(0.7000000000000001)).isEqualTo("0.7");
        assertThat(Format.number(0)).isEqualTo("0");
        assertThat(Format.number(1e-7)).isEqualTo("1.0E-7");
        assertThat(Format.number(1e300)).isEqualTo("1.0E300");
        assertThat(Format.number(123456)).isEqualTo("123456");
    }

    @Test
    void alignsColumns() {
        assertThat(new Table("lrl").row("a", 1, "x").row("long", 100).lines())
                .containsExactly("a       1  x", "long  100");
    }

    @Test
    void readsGrids() {
        assertThat(GridOptions.parse("--theta", "10:90:3")).containsExactly(10, 50, 90);
        assertThat(GridOptions.parse("--theta", "10:90:1")).containsExactly(10);
        assertThat(GridOptions.parse("--theta", "1,2.5")).containsExactly(1, 2.5);
        assertThat(GridOptions.parse("--theta", "80")).containsExactly(80);
        assertThat(GridOptions.atEdge(new double[] {1, 2, 3}, 3)).isTrue();
        assertThat(GridOptions.atEdge(new double[] {1, 2, 3}, 2)).isFalse();
        assertThat(GridOptions.atEdge(new double[] {1}, 1)).isFalse();
    }

    @Test
    void saysInOneLineWhatFailed() {
        assertThat(Failure.of(new NoSuchFileException("a.npz")))
                .isEqualTo(new Failure(ExitCode.FAILED, "a.npz: no such file"));
        assertThat(Failure.of(new AccessDeniedException("a.npz")))
                .isEqualTo(new Failure(ExitCode.FAILED, "a.npz: permission denied"));
        assertThat(Failure.of(new IllegalArgumentException("two\n  lines")))
                .isEqualTo(new Failure(ExitCode.USAGE, "two lines"));
        assertThat(Failure.of(new IllegalStateException("closed"))).isEqualTo(new Failure(ExitCode.FAILED, "closed"));
        assertThat(Failure.of(new NullPointerException()).message()).contains("unexpected", "NullPointerException");
        assertThat(Failure.of(new OutOfMemoryError("Java heap space")).message())
                .contains("-Xmx");
        assertThat(Failure.of(new CancellationException()).exitCode()).isEqualTo(ExitCode.INTERRUPTED);
        assertThat(Failure.of(new ClosedByInterruptException()).exitCode()).isEqualTo(ExitCode.INTERRUPTED);
    }

    @Test
    void aLongWordOfATableDoesNotKeepTheOthersFromANarrowTerminal() {
        Table table = new Table("ll")
                .row("network", "sha256 " + "f".repeat(64))
                .row("tuned", "theta 27.5, lambda 0.225, beta 5");
        assertThat(table.lines(30))
                .containsExactly(
                        "network  sha256",
                        "         " + "f".repeat(64),
                        "tuned    theta 27.5, lambda",
                        "         0.225, beta 5");
        assertThat(table.lines()).hasSize(2);
    }
}
