package io.github.afterimage.experiments.layers;

import io.github.afterimage.experiments.protocol.Protocol;
import java.util.List;

/**
 * The options of a {@link LayerSearch}.
 *
 * @param candidates the layers to choose from
 * @param maxLayers the maximum number of layers in a combination
 * @param maxKeys the maximum number of training examples that are keys during the search
 * @param maxQueries the maximum number of held-out examples that are queries
 * @param criterion the mean that the search minimises
 */
public record LayerSearchOptions(
        List<String> candidates,
        int maxLayers,
        int maxKeys,
        int maxQueries,
        LayerSearch.Criterion criterion,
        Protocol protocol) {}
