package io.github.afterimage.cli.options;

import io.github.afterimage.ElementType;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The index that a command writes. */
public final class OutputIndexOptions {
    @Option(
            names = "--dtype",
            order = 30,
            paramLabel = "TYPE",
            description = "How keys are stored: f32 (what build does by default), f16, bf16 or i8.")
    private @Nullable String type;

    @Option(
            names = "--out",
            order = 31,
            required = true,
            paramLabel = "INDEX",
            description = "The file to write; it is replaced when the new one is complete.")
    private Path file;

    public Path file() {
        return file;
    }

    /** Empty where none was asked for. */
    public Optional<ElementType> type() {
        return Optional.ofNullable(type).map(ElementType::named);
    }
}
