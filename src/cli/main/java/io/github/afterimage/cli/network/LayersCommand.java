package io.github.afterimage.cli.network;

import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.options.DeviceOptions;
import io.github.afterimage.experiments.options.PreprocessingOptions;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.network.Layer;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@picocli.CommandLine.Command(
        name = "layers",
        header = "List the layers of a network that can be a key.",
        description = {
            "",
            "Lists every tensor of the network that build --layers takes, in the order of the graph, with its shape, its "
                    + "number of values for one image and the bytes of a float32 key. A key may join several layers. Late "
                    + "layers tend to serve best. Of tokens, two dimensions as in a transformer, NAME@class is the class token, "
                    + "the first, and NAME@mean the mean over all: a key of one token's length."
        },
        footer = {"  afterimage layers resnet20.onnx"})
public final class LayersCommand extends Command {
    @Parameters(paramLabel = "MODEL", description = "The network, an ONNX file.")
    private Path model;

    @Mixin
    private PreprocessingOptions preprocessing;

    @Mixin
    private DeviceOptions processor;

    @Override
    protected void execute(Report report) throws IOException {
        processor.apply();
        List<Layer> layers = Network.layers(model, preprocessing.settings(processor.threads()));
        Table table = new Table("llrrr").row("layer", "operator", "shape", "values", "f32 key");
        for (Layer layer : layers) {
            table.row(
                            Text.value("name", layer.name()),
                            Text.value("operator", layer.operator()),
                            Text.figure(
                                    "shape",
                                    layer.shape(),
                                    layer.shape().stream().map(String::valueOf).collect(Collectors.joining(" x "))
                                            + (layer.hasTokens() ? " (tokens)" : "")),
                            Text.count("values", layer.values()),
                            Text.bytes("bytes", layer.bytes()))
                    .field("tokenKeys", layer.hasTokens() ? keys(layer) : null);
        }
        report.field("model", model.toString()).list("layers", table);
        layers.stream().filter(Layer::hasTokens).reduce((first, last) -> last).ifPresent(last -> {
            report.line("")
                    .line("the class token and the mean of such tokens are shorter keys: --layers "
                            + String.join(" or ", keys(last)));
        });
    }

    private static List<String> keys(Layer layer) {
        return layer.pooled().stream().map(Layer::name).toList();
    }
}
