package io.github.afterimage.experiments.command;

import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import org.jspecify.annotations.Nullable;

/** The stages of a command's work as a table: what each took, at which rate, and the memory of all. */
public final class Stages {
    private final Table table = new Table("lrl");

    /**
     * Adds a stage.
     *
     * @param field names its seconds in JSON
     * @param beside its rate, or what came of it
     */
    public Stages add(String name, String field, double seconds, Object beside) {
        table.row(name, Text.seconds(field, seconds), beside);
        return this;
    }

    /** Adds a stage with its rate, such as 1,610 images/s. */
    public Stages add(String name, String field, double seconds, long count, String units) {
        return add(name, field, seconds, Format.rate(count, seconds, units));
    }

    /** Adds a stage with its rate, which JSON has under a name. */
    public Stages add(String name, String field, double seconds, long count, String units, String rateField) {
        return add(name, field, seconds, Text.rate(rateField, count, seconds, units));
    }

    /** Adds a figure that only JSON has; null is left out. */
    public Stages field(String name, @Nullable Object value) {
        table.field(name, value);
        return this;
    }

    /** Adds the peak memory until now. */
    public Stages memory() {
        return memory(ProcessMemory.Peak.now());
    }

    /** Adds the peak memory. */
    public Stages memory(ProcessMemory.Peak peak) {
        long keys = peak.keysAndBuffers();
        table.row(
                "peak memory",
                Text.bytes("peakBytes", peak.resident().orElse(keys)),
                peak.resident().isPresent()
                        ? Text.figure("peakKeyAndBufferBytes", keys, Format.bytes(keys) + " of it keys and buffers")
                        : Text.hidden("peakKeyAndBufferBytes", keys));
        return this;
    }

    public Table table() {
        return table;
    }
}
