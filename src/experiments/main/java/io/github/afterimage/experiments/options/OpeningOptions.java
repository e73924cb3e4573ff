package io.github.afterimage.experiments.options;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.OpenOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The way in which an index is opened to be queried. */
public class OpeningOptions extends EngineOptions {
    @Option(
            names = "--memory",
            order = 71,
            paramLabel = "BYTES",
            description =
                    "Maximum bytes of keys in memory at once, such as 4g; a larger index is read from the disk for each"
                            + " batch. At least 12m for each thread, or what all keys take, if that is less; labels, ids and"
                            + " the scales of i8 keys come on top, 12 to 16 bytes a key. No limit by default.")
    private @Nullable String memory;

    @Mixin
    private VerifyOption verification;

    public boolean verify() {
        return verification.verify();
    }

    /** The bytes of keys that may be in memory at once; Long.MAX_VALUE if there is no limit. */
    public long residentBytes() {
        return memory == null ? Long.MAX_VALUE : MemoryUse.parse("--memory", memory);
    }

    /** Applies the options of the process, and returns those of an index. */
    public OpenOptions options() {
        apply();
        return new OpenOptions()
                .engine(engine())
                .threads(threads())
                .verify(verification.verify())
                .residentBytes(residentBytes());
    }
}
