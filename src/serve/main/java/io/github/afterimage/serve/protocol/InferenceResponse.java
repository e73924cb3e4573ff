package io.github.afterimage.serve.protocol;

import java.util.List;

/**
 * The answer to a request for inference.
 *
 * @param model the model that answered
 * @param id the id of the request; empty if it had none
 * @param outputs in the order of the request
 */
public record InferenceResponse(String model, String id, List<Tensor> outputs) {}
