package io.github.afterimage.experiments.options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The outputs of the network that are the classes of the images. */
public final class OutputsOption {
    @Option(
            names = "--outputs",
            paramLabel = "OUTPUTS",
            description = {
                "For images of a part of the network's classes, or in another order: the number of the network's output, from 0 "
                        + "on, for each class of the images, in their order:",
                "  207,208,281 (a list)",
                "  FILE (one number in each line)",
                "  auto (the outputs that the network gives most often to a sample of the images of each class; they are "
                        + "printed, and refused where the answers leave a doubt)",
                "The network's probabilities are then those of these classes, divided by their sum."
            })
    private @Nullable String outputs;

    public boolean given() {
        return outputs != null;
    }

    /** Returns true if the outputs are to be found from the network's answers. */
    public boolean auto() {
        return "auto".equals(outputs);
    }

    /** The outputs that are given; empty if there are none. */
    public List<Integer> listed() throws IOException {
        if (outputs == null || auto()) {
            return List.of();
        }
        List<String> numbers =
                outputs.matches("[0-9, -]+") ? List.of(outputs.split(",", -1)) : Files.readAllLines(Path.of(outputs));
        List<Integer> listed = new ArrayList<>();
        for (String number : numbers) {
            if (!number.strip().matches("[0-9]{1,9}")) {
                throw new IllegalArgumentException("--outputs " + outputs + ": \"" + number + "\" for class "
                        + listed.size() + ": expected the number of an output, from 0 on");
            }
            listed.add(Integer.valueOf(number.strip()));
        }
        return listed;
    }
}
