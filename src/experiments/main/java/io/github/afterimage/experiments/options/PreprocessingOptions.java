package io.github.afterimage.experiments.options;

import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.Preprocessing;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The preprocessing of images for a network, and the output with its scores. */
public final class PreprocessingOptions {
    /** Explains the presets and the steps. */
    public static final List<String> HELP = List.of(
            "--preprocess STEPS prepares images, whose values are in 0..1, as those that the network was trained with: STEPS is the "
                    + "name of a preset, or steps.",
            "",
            "Presets, here for a network of 224 x 224 pixels; sizes follow the network's input:",
            "  none (images have the network's size)",
            "  imagenet (torchvision; no margin for inputs below 160 pixels)",
            "    resize=256,crop=224",
            "    mean=0.485:0.456:0.406,std=0.229:0.224:0.225",
            "  imagenet-tf (Keras' mode tf)",
            "    resize=224x224,scale=2,mean=1",
            "  caffe (227 pixels where the network leaves it open)",
            "    resize=256,crop=224,order=bgr,scale=255,mean=104:117:123",
            "  clip",
            "    resize=224,interpolation=bicubic,crop=224",
            "    mean=0.48145466:0.4578275:0.40821073",
            "    std=0.26862954:0.26130258:0.27577711",
            "",
            "Commas separate steps, colons the numbers of channels. Whatever their order: resize to a shorter side (256) or to "
                    + "width x height (224x224) with interpolation=bilinear or bicubic, crop the centre, order=rgb or bgr, then "
                    + "(value * scale - mean) / std. \"preview\" shows the result.");

    @Option(
            names = "--preprocess",
            paramLabel = "STEPS",
            description =
                    "Preparation of images: none (by default), imagenet, imagenet-tf, caffe, clip, or steps such as"
                            + " resize=256,crop=224; \"help preprocess\" explains them.")
    private @Nullable String steps;

    @Option(
            names = "--output",
            paramLabel = "NAME",
            description = "The network's output with the class scores, where it has several.")
    private @Nullable String output;

    public boolean given() {
        return steps != null || output != null;
    }

    /** The preprocessing; null if none is given. */
    public @Nullable Preprocessing steps() {
        return steps == null ? null : Preprocessing.parse(steps);
    }

    public NetworkSettings settings(int threads) {
        NetworkSettings settings = NetworkSettings.defaults()
                .withPreprocessing(Preprocessing.parse(steps == null ? "" : steps))
                .withThreads(threads);
        return output == null ? settings : settings.withOutput(output);
    }
}
