package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.options.Input;
import io.github.afterimage.model.data.ImageArchive;
import io.github.afterimage.platform.AtomicFile;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Files of the images that attacks changed. */
public final class ChangedImagesOption {
    @Option(
            names = "--save",
            paramLabel = "DIR",
            description = "Write the changed images with their true labels as DIR/MODEL-ATTACK.npz.")
    private @Nullable Path folder;

    /** Returns the name of an attack that follows the mean gradient of several models. */
    public static String followingMean(String attack) {
        return attack + "-mean";
    }

    /** Fails before the work if a file would replace an input, and creates the folder. */
    public void check(AttackOptions attacks, Input... inputs) throws IOException {
        if (folder == null) {
            return;
        }
        for (Victim victim : attacks.victims()) {
            for (String name : attacks.names()) {
                for (Input input : inputs) {
                    input.checkIsNot(file(victim, name));
                    input.checkIsNot(file(victim, followingMean(name)));
                }
            }
        }
        Files.createDirectories(folder);
    }

    /** Writes the images that an attack changed, if files are wanted and there are any. */
    public void save(AttackResult result, String attack) throws IOException {
        if (folder == null || result.changed().count() == 0) {
            return;
        }
        AttackResult.ChangedImages changed = result.changed();
        try (AtomicFile output = AtomicFile.create(file(result.victim(), attack))) {
            ImageArchive.write(changed.adversarials(), changed.labels(), Channels.newOutputStream(output.channel()));
            output.complete();
        }
    }

    private Path file(Victim victim, String attack) {
        return Objects.requireNonNull(folder).resolve(victim.word() + "-" + attack + ".npz");
    }
}
