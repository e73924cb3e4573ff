package io.github.afterimage.experiments.options;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.engine.InstructionSet;
import io.github.afterimage.experiments.report.IndexText;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.platform.NativeLibrary;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The index that a command queries, and the way it queries it. */
public final class IndexOptions extends OpeningOptions {
    @Option(names = "--index", required = true, paramLabel = "INDEX", description = "The index.")
    private Path file;

    public Path file() {
        return file;
    }

    public CacheIndex open() throws IOException {
        return CacheIndex.open(file, options());
    }

    /** {@code 100,000 keys, dim 12,288, f32; engine fused, 2 threads}. */
    public Text describe(CacheIndex index) {
        return Text.of(
                "%s; engine %s, %s%s%s",
                IndexText.keys(index),
                Text.value("engine", index.engine().name()),
                Text.count("threads", threads(), "thread"),
                Text.hidden("index", file.toString()),
                Text.hidden("instructions", NativeLibrary.available() ? InstructionSet.current() : null));
    }
}
