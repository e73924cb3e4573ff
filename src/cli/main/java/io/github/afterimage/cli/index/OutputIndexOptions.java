package io.github.afterimage.cli.index;

import io.github.afterimage.ElementType;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The index that a command writes. */
public final class OutputIndexOptions {
    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description =
                    "Type of the stored keys: f32 (the default of build), f16, bf16 or i8; convert keeps the type by default.")
    private @Nullable String type;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "INDEX",
            description = "The file to write; it is replaced when the new one is complete.")
    private Path file;

    public Path file() {
        return file;
    }

    /** The type; empty if none is given. */
    public Optional<ElementType> type() {
        return Optional.ofNullable(type).map(ElementType::named);
    }
}
