package io.github.afterimage.experiments.trial;

import io.github.afterimage.answer.Calibration;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A network whose preparation of pictures and whose classes are known.
 *
 * @param memoryAlone whether its classes are others than those of the pictures
 */
record TrialNetwork(Path file, NetworkSettings settings, boolean memoryAlone) {
    Network open(List<String> layers) throws IOException {
        return Network.open(file, layers, settings);
    }

    /** Opens the network for both views of each picture, if it knows the classes. */
    Network openForViews(List<String> layers) throws IOException {
        return Network.open(file, layers, settings.withViews(memoryAlone ? 1 : Calibration.MOST_VIEWS));
    }

    Examples examples(Network opened, ImageSet images) {
        return memoryAlone ? Examples.withoutProbabilities(opened, images) : Examples.of(opened, images);
    }
}
