"""Which check sees a constant of the library, and of which constants no result hangs.

How a constant is named: see `tests.constants.changes`. A minus at its end: a tenth less, where a tenth more would mean
nothing (a share above one), or would change nothing.
"""

SEEN: dict[str, tuple[str, ...]] = {
    "test_training.py::test_with_nothing_said_it_is_adamw_with_the_numbers_of_the_papers": (
        "training.cosine(warmup)",
        "training.fit(lr)",
        "training.fit(weight_decay)",
        "training.fit(betas)[0]-",
        "training.fit(betas)[1]-",
        "training.fit(clip)",
    ),
    "adaptation/test_answering.py::test_practice_is_twelve_steps_of_sixteen_and_first_moves_by_the_learning_rate": (
        "adaptation.answering.practise(steps)",
        "adaptation.answering.practise(count)",
        "adaptation.answering.practise(lr)",
        "adaptation.answering.practise: 0.0",
    ),
    "adaptation/test_editing.py::test_a_tenth_of_the_mean_diagonal_is_added": (
        "adaptation.editing.second_moment(ridge)",
    ),
    "adaptation/test_editing.py::test_a_wish_is_eight_steps_of_adam_at_a_half_and_pays_a_thousandth_of_its_square": (
        "adaptation.editing.wished_values(steps)",
        "adaptation.editing.wished_values(lr)",
        "adaptation.editing.wished_values(decay)",
    ),
    "adaptation/test_finetuning.py::test_teaching_is_five_steps_with_four_old_facts_in_each": (
        "adaptation.finetuning.teach(rehearse)",
        "adaptation.finetuning.teach(steps)",
        "adaptation.finetuning.teach(lr)",
        "adaptation.finetuning.teach: 0.0",
    ),
    "adaptation/test_classifiers.py::test_batches_are_of_64_with_three_words_of_ten_covered": (
        "adaptation.classifiers.covered_batches(count)",
        "adaptation.classifiers.covered_batches(share)",
    ),
    "adaptation/test_classifiers.py::test_a_head_is_sixty_steps_of_adamw_with_a_decay_of_a_tenth": (
        "adaptation.classifiers.fit_head(steps)",
        "adaptation.classifiers.fit_head: 0.02",
        "adaptation.classifiers.fit_head: 0.1",
    ),
    "adaptation/test_lora.py::test_with_nothing_said_four_directions_come_in_at_twice_their_product": (
        "adaptation.lora.add_lora(rank)",
        "adaptation.lora.add_lora(alpha)",
    ),
    "adaptation/test_merging.py::test_with_nothing_said_a_fifth_of_the_entries_stays": (
        "adaptation.merging.ties(keep)",
    ),
    "adaptation/test_preference.py::test_with_nothing_said_it_is_forty_steps_of_48_pairs": (
        "adaptation.preference.prefer(steps)",
        "adaptation.preference.prefer(count)",
        "adaptation.preference.prefer(lr)",
        "adaptation.preference.prefer: 0.0",
    ),
    "adaptation/test_preference.py::test_with_nothing_said_beta_is_three_tenths_and_the_anchor_one": (
        "adaptation.preference.prefer(beta)",
        "adaptation.preference.prefer(anchor)",
    ),
    "adaptation/test_preference.py::test_two_answers_differ_as_often_as_two_rolls_of_the_model_s_own_die": (
        "adaptation.preference.compare: 1.0",
    ),
    "programs/test_transplant.py::test_at_first_hardly_anything_fades": ("programs.transplant.OPEN",),
    "programs/test_transplant.py::test_with_nothing_said_a_layer_hears_one_row_a_step_and_moves_by_a_hundredth": (
        "programs.transplant.transplant(lr)",
        "programs.transplant.transplant(batch)",
    ),
    "programs/test_transplant.py::test_detours_have_eight_directions_that_come_in_at_twice_their_product": (
        "programs.transplant.detours(rank)",
        "programs.transplant.detours: 2.0",
    ),
    "interpretability/test_circuits.py::test_with_nothing_said_a_head_stays_for_a_twentieth_of_the_margin": (
        "interpretability.circuits.prune(price)",
    ),
    "interpretability/test_circuits.py::test_with_nothing_said_the_gradient_is_the_mean_of_four_midpoints": (
        "interpretability.circuits.effects(steps)",
        "interpretability.circuits.margin(rivals)",
        "interpretability.circuits.effects: 0.5",
    ),
    "interpretability/test_key_value_neurons.py::test_with_nothing_said_a_neuron_grows_in_five_midpoints": (
        "interpretability.key_value_neurons.attributions(steps)",
        "interpretability.key_value_neurons.attributions: 0.5",
    ),
    "interpretability/test_key_value_neurons.py::test_with_nothing_said_five_come_first": (
        "interpretability.key_value_neurons.triggers(count)",
        "interpretability.key_value_neurons.promoted(count)",
    ),
    "interpretability/test_key_value_neurons.py::test_rewriting_touches_only_these_values_and_minds_their_sign": (
        "interpretability.key_value_neurons.rewritten(strength)",
    ),
    "interpretability/test_relations.py::test_with_nothing_said_a_line_is_neither_stretched_nor_shrunk": (
        "interpretability.relations.Line.__call__(strength)",
        "interpretability.relations.Line.back(strength)",
    ),
    "interpretability/test_task_vectors.py::test_with_nothing_said_twelve_prompts_have_six_examples_each": (
        "interpretability.task_vectors.context_vector(shots)",
        "interpretability.task_vectors.context_vector(count)",
    ),
    "interpretability/test_directions.py::test_with_nothing_said_it_writes_twelve_tokens": (
        "interpretability.directions.write(length)",
    ),
    "interpretability/test_patching.py::test_with_nothing_said_a_description_has_seven_tokens": (
        "interpretability.patchscopes.describe(max_new)",
    ),
    "interpretability/test_sparse_autoencoders.py::test_a_dictionary_learns_by_adam_with_these_numbers": (
        "interpretability.sparse_autoencoders.improve(lr)",
        "interpretability.sparse_autoencoders.improve(penalty)",
        "interpretability.sparse_autoencoders.improve: 0.0",
        "interpretability.sparse_autoencoders.improve: 0.9-",
        "interpretability.sparse_autoencoders.improve: 0.99-",
        "interpretability.sparse_autoencoders.rate: 20",
        "interpretability.sparse_autoencoders.rate: 3",
    ),
    "interpretability/test_sparse_autoencoders.py::test_the_price_of_codes_is_a_twentieth": (
        "interpretability.sparse_autoencoders.objective(penalty)",
    ),
    "interpretability/test_sparse_autoencoders.py::test_a_dictionary_takes_300_steps_of_256_vectors": (
        "interpretability.sparse_autoencoders.learn(steps)",
        "interpretability.sparse_autoencoders.learn(batch)",
    ),
    "interpretability/test_sparse_autoencoders.py::test_a_feature_is_dead_after_thirty_silent_steps": (
        "interpretability.sparse_autoencoders.PATIENCE",
    ),
    "interpretability/test_sparse_autoencoders.py::test_the_first_features_are_data_each_moved_aside_by_a_thousandth": (
        "interpretability.sparse_autoencoders.Dictionary.begin: 0.001",
    ),
    "interpretability/test_sparse_autoencoders.py::test_the_site_is_behind_twelve_layers": (
        "interpretability.sparse_autoencoders.LAYER",
    ),
    "interpretability/test_sparse_autoencoders.py::test_a_token_is_counted_in_six_texts": (
        "interpretability.sparse_autoencoders.same_token(number)",
    ),
    "interpretability/test_sparse_autoencoders.py::test_rounding_is_to_a_1024th_of_the_power_of_two_below_the_spread": (
        "interpretability.sparse_autoencoders.rounded: 10",
    ),
    "interpretability/test_sparse_autoencoders.py::test_a_gallery_leaves_out_two_positions_and_shows_eight_examples": (
        "interpretability.sparse_autoencoders.SINKS",
        "programs.dictionary.EXAMPLES",
        "programs.dictionary.HALF",
    ),
    "interpretability/test_sparse_autoencoders.py::test_the_sparse_loss_and_its_gradients_are_those_of_dense_autograd": (
        "interpretability.sparse_autoencoders.SHARE",
    ),
    "interpretability/test_sparse_autoencoders.py::test_only_the_best_of_the_dead_get_their_chance": (
        "interpretability.sparse_autoencoders.LENDING",
    ),
    "interpretability/test_relations.py::test_with_nothing_said_a_line_is_judged_at_strength_one": (
        "interpretability.relations.faithful(strength)",
    ),
    "mixers/test_layers.py::test_the_short_convolution_sees_as_far_as_transformers": ("mixers.layers.WINDOW",),
    "mixers/test_layers.py::test_a_convolution_as_a_mixer_sees_64_positions": (
        "mixers.convolution.Convolution.__init__(window)",
    ),
    "mixers/test_layers.py::test_the_gate_of_each_channel_goes_through_sixteen_numbers_and_starts_near_one": (
        "mixers.layers.RANK",
        "mixers.layers.GatedChannels.SOFTER",
    ),
    "mixers/test_layers.py::test_a_millionth_keeps_norms_and_lengths_from_dividing_by_zero": ("mixers.layers.EPS",),
    "mixers/test_layers.py::test_first_steps_last_from_a_thousandth_to_a_tenth_evenly_in_the_logarithm": (
        "mixers.layers.first_steps: 0.001",
        "mixers.layers.first_steps: 0.1",
    ),
    "mixers/test_layers.py::test_memories_fade_at_rates_from_one_to_sixteen": (
        "mixers.layers.Clock.__init__: 1",
        "mixers.layers.Clock.__init__: 16",
        "mixers.layers.Mamba.__init__: 1.0",
    ),
    "mixers/test_public_layers.py::test_mamba_equals_mamba": ("mixers.layers.STATE",),
    "mixers/test_retention.py::test_scores_fade_with_distance": (
        "mixers.retention.decays: 5.0",
        "mixers.retention.decays: 2.0",
    ),
    "test_model.py::test_the_slowest_pair_turns_by_a_ten_thousandth_nearly": ("model.Config.rotary_base",),
    "test_model.py::test_a_file_that_says_nothing_of_the_base_means_the_one_of_transformers": (
        "pretrained.smollm2.config_of: 10000",
    ),
    "test_model.py::test_a_hundred_thousandth_is_added_to_the_variance": ("model.Config.norm_eps",),
    "test_model.py::test_a_text_with_learned_positions_has_256_tokens_at_most": ("model.LEARNED",),
    "test_model.py::test_a_model_has_two_layers_of_four_heads_and_width_64": (
        "model.Config.width",
        "model.Config.layers",
        "model.Config.heads",
    ),
    "test_model.py::test_embeddings_begin_at_a_fiftieth": ("model.LanguageModel.reset_parameters: 0.02",),
    "test_sampling.py::test_with_nothing_said_it_writes_fifty_tokens_greedily": (
        "sampling.generate(max_new)",
        "sampling.stream(max_new)",
        "sampling.stream(temperature)",
    ),
    "test_sampling.py::test_with_nothing_said_the_distribution_is_the_softmax": ("sampling.distribution(temperature)",),
    "lessons/depth_and_length/test_thinking.py::test_a_budget_is_kept_to_the_token": (
        "lessons.depth_and_length.thinking.think(temperature)",
    ),
    "pretrained/test_minilm.py::test_a_trillionth_is_added_to_the_variance_as_bert_does": (
        "pretrained.minilm.from_bert: 1e-12",
    ),
    "pretrained/test_minilm.py::test_a_text_is_read_up_to_its_256th_token": ("pretrained.minilm.LONGEST",),
    "lessons/depth_and_length/test_piecewise.py::test_with_nothing_said_three_networks_learn_from_128_points_a_step_in_1200_steps": (
        "lessons.depth_and_length.piecewise.learn(steps)",
        "lessons.depth_and_length.piecewise.learn(copies)",
        "lessons.depth_and_length.piecewise.ReluNetworks.__init__(copies)",
        "lessons.depth_and_length.piecewise.learn: 0.01",
        "lessons.depth_and_length.piecewise.learn: 128",
        "lessons.depth_and_length.piecewise.learn: 4000",
        "lessons.depth_and_length.piecewise.learn: 0.0",
    ),
    "lessons/depth_and_length/test_piecewise.py::test_with_nothing_said_a_zigzag_is_folded_once_and_looked_at_from_zero_to_one": (
        "lessons.depth_and_length.piecewise.zigzag(depth)",
        "lessons.depth_and_length.piecewise.corners(low)",
        "lessons.depth_and_length.piecewise.corners(high)",
        "lessons.depth_and_length.piecewise.pieces(low)",
        "lessons.depth_and_length.piecewise.pieces(high)",
    ),
    "agents/memory/test_experience.py::test_with_nothing_said_three_outcomes_are_shown": (
        "agents.memory.experience.Habit.count",
    ),
    "agents/chat/test_local.py::test_with_nothing_said_nothing_is_left_to_the_die": (
        "agents.chat.local.LocalChat.write(temperature)",
        "agents.chat.local.LocalChat.stream(temperature)",
    ),
    "agents/tools/test_tool_retrieval.py::test_with_nothing_said_three_tools_are_brought": (
        "agents.tools.tool_retrieval.Selector.__call__(k)",
    ),
    "agents/tools/test_tool.py::test_a_result_of_two_thousand_characters_is_whole": ("agents.tools.tool.LONGEST",),
    "agents/tools/test_repairing.py::test_a_name_is_mended_where_three_quarters_of_its_letters_are_another_s": (
        "agents.tools.repairing.correct_name: 0.75",
    ),
    "agents/worlds/test_four_rooms.py::test_a_walk_into_a_wall_ends_after_forty_steps": (
        "agents.worlds.four_rooms.LIMIT",
    ),
    "lessons/goal_look_act/test_learners.py::test_the_first_reward_moves_a_value_half_the_way": (
        "lessons.goal_look_act.learners.q_learn: 0.5",
    ),
    "lessons/goal_look_act/test_learners.py::test_one_move_in_five_is_tried_at_random": (
        "lessons.goal_look_act.learners.q_learn: 0.2",
    ),
    "lessons/goal_look_act/test_learners.py::test_values_are_the_discounted_way": (
        "lessons.goal_look_act.learners.q_learn: 0.95-",
    ),
    "lessons/goal_look_act/test_learners.py::test_being_told_takes_500_steps_of_128_and_a_decay_of_a_tenth": (
        "lessons.goal_look_act.learners.learn_by_words(steps)",
        "lessons.goal_look_act.learners.learn_by_words: 0.003",
        "lessons.goal_look_act.learners.learn_by_words: 0.1",
        "lessons.goal_look_act.learners.learn_by_words: 128",
    ),
    "agents/planning/test_world_model.py::test_a_step_costs_a_thousandth_of_a_nat": (
        "agents.planning.world_model.STEP",
    ),
    "agents/planning/test_world_model.py::test_equal_ways_are_equal_to_the_last_bit_whatever_comes_first_on_them": (
        "agents.planning.world_model.GRAIN",
    ),
    "agents/planning/test_world_model.py::test_dangers_are_what_was_seen_and_before_that_what_was_expected": (
        "agents.planning.world_model.DOUBT",
    ),
    "agents/planning/test_world_model.py::test_what_is_certain_risks_a_thousand_to_one_and_what_was_never_seen_one_in_four": (
        "agents.planning.world_model.Dangers.risk: 0.999-",
        "agents.planning.world_model.lived(expected)",
    ),
    "agents/planning/test_world_model.py::test_an_effort_is_ten_for_a_walk_one_for_a_thought_and_a_hundred_in_all": (
        "agents.planning.world_model.Effort.purse",
        "agents.planning.world_model.Effort.thought",
        "agents.planning.world_model.Effort.walk",
    ),
    "agents/worlds/test_towns.py::test_worlds_end_after_sixty_and_after_a_thousand_steps": (
        "agents.worlds.towns.Town.__init__(limit)",
        "agents.worlds.towns.Castle.__init__(limit)",
    ),
    "agents/worlds/test_towns.py::test_a_door_is_drawn_anew_once_in_fifty_steps_and_open_where_nothing_is_said": (
        "agents.worlds.towns.Town.__init__(surprise)",
        "agents.worlds.towns.Town.__init__(change)",
    ),
    "agents/worlds/test_towns.py::test_towns_and_castles_are_of_the_size_and_the_kind_that_is_usual": (
        "agents.worlds.towns.town(rooms)",
        "agents.worlds.towns.town(bricked)",
        "agents.worlds.towns.castle(traps)",
        "agents.worlds.towns.castle(size)",
    ),
    "toys/test_bells.py::test_four_calls_of_ten_have_a_bell_and_for_one_who_hears_one_person_three_of_twenty": (
        "toys.bells.calls(bells)",
        "toys.bells.spoken(bells)",
    ),
    "toys/test_cards.py::test_faces_begin_at_a_half_in_each_direction": ("toys.cards.Faces.__init__: 0.5",),
    "lessons/depth_and_length/test_cups.py::test_how_often_there_is_a_slip_a_second_look_a_row_of_dots": (
        "lessons.depth_and_length.cups.looked_at_again: 0.6",
        "lessons.depth_and_length.cups.looked_at_again: 7",
        "lessons.depth_and_length.cups.looked_at_again: 10",
        "lessons.depth_and_length.cups.cut_short: 7",
        "lessons.depth_and_length.cups.lessons: 10",
    ),
    "lessons/the_art_of_forgetting/test_hotel.py::test_gates_begin_nearly_open_and_a_guest_counts_from_half_strength": (
        "lessons.the_art_of_forgetting.hotel.Ledger.__init__: 3.0",
        "lessons.the_art_of_forgetting.hotel.Ledger.says: 0.5",
    ),
    "lessons/the_art_of_forgetting/test_hotel.py::test_the_loss_takes_nobody_for_a_guest_at_half_strength_and_ten_of_one_for_certain": (
        "lessons.the_art_of_forgetting.hotel.ledger_loss: 0.5",
        "lessons.the_art_of_forgetting.hotel.ledger_loss: 10",
    ),
    "lessons/erase_then_write/test_titans.py::test_with_nothing_said_a_write_goes_half_the_way": (
        "lessons.erase_then_write.titans.Titans.__init__(step)",
    ),
    "lessons/erase_then_write/test_titans.py::test_one_matrix_without_momentum_is_the_delta_rule": (
        "lessons.erase_then_write.titans.Titans.__init__(momentum)",
        "lessons.erase_then_write.titans.Titans.__init__(forget)",
    ),
    "lessons/remembering_too_much/test_diary.py::test_words_shares_are_a_ridge_regression_of_a_tenth": (
        "lessons.remembering_too_much.diary.composed: 0.1",
    ),
    "lessons/an_internal_language/test_languages.py::test_with_nothing_said_a_sentence_is_looked_at_after_its_first_layer": (
        "lessons.an_internal_language.languages.sentence_vectors(layer)",
    ),
    "toys/test_models.py::test_its_slowest_pair_turns_by_a_hundredth_nearly": ("toys.models.small_model: 100.0",),
    "toys/test_models.py::test_its_settings": ("toys.models.small_model: 0.1",),
    "lessons/three_kinds_of_generalists/test_clock.py::test_smiles_are_rolled_at_temperature_one": (
        "lessons.three_kinds_of_generalists.clock.smiling: 1.0",
    ),
    "lessons/three_kinds_of_generalists/test_clock.py::test_every_second_answer_ends_with_a_smile": (
        "lessons.three_kinds_of_generalists.clock.instructions(smile)",
    ),
    "toys/test_media.py::test_a_note_begins_at_full_loudness_and_judges_are_as_strict_as_they_say": (
        "toys.media.pluck(loudness)",
        "toys.media.RATE",
        "toys.media.FADE",
        "toys.judges.frequencies: 0.1",
    ),
    "toys/test_media.py::test_the_judge_of_digits_is_the_one_of_scikit_learn_s_own_example": (
        "toys.judges.digit_judge: 0.001",
        "toys.judges.digit_judge: 10",
        "toys.judges.real_or_made: 0.001",
        "toys.judges.real_or_made: 10",
    ),
    "lessons/pictures_without_attention/test_painting.py::test_a_painter_learns_in_130_steps_of_24_pictures": (
        "lessons.pictures_without_attention.painting.train(steps)",
        "lessons.pictures_without_attention.painting.train: 0.008",
        "lessons.pictures_without_attention.painting.lessons(batch)",
    ),
    "lessons/pictures_without_attention/test_painting.py::test_a_picture_is_drawn_in_sixteen_steps_on_eight_by_eight_pixels": (
        "lessons.pictures_without_attention.painting.draw(steps)",
        "lessons.pictures_without_attention.painting.draw(size)",
    ),
    "lessons/pictures_without_attention/test_painting.py::test_a_look_at_nothing_is_nothing_and_at_little_is_divided_by_a_ten_thousandth_more": (
        "lessons.pictures_without_attention.painting.linear: 0.0001",
        "lessons.pictures_without_attention.painting.norm: 1e-05",
    ),
    "lessons/pictures_without_attention/test_painting.py::test_a_moment_is_told_in_eight_waves_from_one_to_a_hundred": (
        "lessons.pictures_without_attention.painting.Painter.forward: 2",
    ),
    "lessons/pictures_without_attention/test_patches.py::test_a_reader_hears_of_sixteen_digits_a_step_at_a_hundredth": (
        "lessons.pictures_without_attention.patches.train: 0.01",
        "lessons.pictures_without_attention.patches.train: 16",
    ),
    "lessons/a_reason_for_every_shape/test_towers.py::test_towers_learn_by_adamw_with_the_numbers_of_its_paper_and_no_clip": (
        "lessons.a_reason_for_every_shape.towers.build(lr)",
        "lessons.a_reason_for_every_shape.towers.build(steps)",
        "lessons.a_reason_for_every_shape.towers.build(batch)",
        "lessons.a_reason_for_every_shape.towers.build: 0.9-",
        "lessons.a_reason_for_every_shape.towers.build: 0.999-",
    ),
    "lessons/a_reason_for_every_shape/test_towers.py::test_the_weights_of_towers_are_multiples_of_two_to_the_minus_12": (
        "lessons.a_reason_for_every_shape.towers.COARSE",
    ),
    "lessons/a_reason_for_every_shape/test_towers.py::test_towers_are_networks_of_torch_s_layers": (
        "lessons.a_reason_for_every_shape.towers.TOO_SMALL",
    ),
    "lessons/a_reason_for_every_shape/test_towers.py::test_a_map_has_21_points_to_a_side_and_a_thousand_digits_are_ink": (
        "lessons.a_reason_for_every_shape.towers.surface(side)",
        "lessons.a_reason_for_every_shape.towers.ink(count)",
    ),
    "lessons/a_reason_for_every_shape/test_vision.py::test_school_is_200_steps_of_32_pictures": (
        "lessons.a_reason_for_every_shape.vision.school(steps)",
        "lessons.a_reason_for_every_shape.vision.school(batch)",
        "lessons.a_reason_for_every_shape.vision.school(lr)",
    ),
    "agents/memory/test_store.py::test_with_nothing_said_three_are_found_among_points_of_minilm_s_width": (
        "agents.memory.store.Memory.nearest(k)",
        "agents.memory.store.Memory.__init__(width)",
    ),
    "programs/test_race.py::test_no_other_width_comes_nearer_to_eight_thirds": ("programs.race.USUAL",),
    "programs/test_race.py::test_a_newborn_s_embeddings_have_length_one": ("programs.race.newborn: -0.5",),
    "programs/test_race.py::test_nine_tenths_are_to_learn_from": (
        "programs.race.split: 9",
        "programs.race.split: 10",
    ),
    "programs/test_race.py::test_a_race_is_read_at_four_times_its_length_and_written_after_64_times": (
        "programs.race.LONGER",
        "programs.race.CONTEXTS[0]",
        "programs.race.CONTEXTS[1]",
        "programs.race.CONTEXTS[2]",
        "programs.race.CONTEXTS[3]",
    ),
    "test_tokens.py::test_the_vocabulary_has_no_gap_and_no_overlap": (
        "tokens.GREYS",
        "tokens.LEVELS",
    ),
    "test_tokens.py::test_every_digit_comes_back_and_the_order_is_row_by_row": ("tokens.SIDE",),
    "test_tokens.py::test_mu_law_at_known_points": ("tokens.MU",),
    "test_training.py::test_settled_weights_are_multiples_of_the_grid_and_stay_so_in_float32": ("training.GRID",),
    "test_training.py::test_the_learning_rate_rises_and_falls_as_a_cosine": ("training.cosine: 5",),
    "adaptation/test_preference.py::test_the_loss_is_equation_7": ("adaptation.preference.preference_loss(anchor)",),
    "agents/memory/test_graph.py::test_the_walk_goes_from_near_to_far_and_not_to_another_island": (
        "agents.memory.graph.walk(damping)",
    ),
    "agents/memory/test_graph.py::test_keywords_are_words_of_the_text_in_their_order": (
        "agents.memory.graph.keywords(n)",
    ),
}
"""check: the constants that it sees. A tenth off, each of them turns it red."""

UNSEEN: dict[str, str] = {
    "programs.transplant.overhear(pieces)": "constants/pieces.py::overheard",
    "pretrained.minilm.BATCH": "constants/pieces.py::points",
    "interpretability.ablation.without(chunk)": "constants/pieces.py::without_neurons",
    "interpretability.patching.activation_patching(chunk)": "constants/pieces.py::places_patched",
    "interpretability.path_patching.path_patching(chunk)": "constants/pieces.py::paths_patched",
    "interpretability.sparse_autoencoders.at_site(batch)": "constants/pieces.py::streams",
    "interpretability.relations.jacobians(chunk)": "constants/pieces.py::slopes",
    "mixers.convolution.SHORT": "mixers/test_convolution.py::test_equals_torch",
    "mixers.gated.CLOSED": "mixers/test_gated.py::test_a_gate_that_is_shut_forgets_everything",
    "mixers.linear_attention.CHUNK": "mixers/test_linear_attention.py::test_forms_agree",
    "mixers.mamba.CHUNK": "mixers/test_mamba.py::test_equals_transformers",
    "lessons.depth_and_length.piecewise.corners: 1e-12": "lessons/depth_and_length/test_piecewise.py::test_corners_explain_a_random_network_completely",
    "lessons.depth_and_length.piecewise.corners: 1e-07": "lessons/depth_and_length/test_piecewise.py::test_corners_explain_a_random_network_completely",
    "training.IGNORE": "test_training.py::test_loss_equals_transformers_and_learns_only_what_is_asked",
}
"""How much is done at a time, or a bound that must not matter: with another one this check passes all the same."""
NO_RESULT: dict[str, str] = {
    "a die's number, or where to begin; another is another example": """
        *(seed) *(start) *(first) *(past) agents.planning.walking.Planner.plans programs.race.batches(share)
        lessons.depth_and_length.cups.thoughts(by) lessons.depth_and_length.cups.column(times)""",
    "a limit, that stops what would not end by itself": """
        *(max_tokens) *(seconds) *(timeout) *(retries) agents.loop.* agents.tools.mcp.START agents.tools.sandbox.*
        agents.memory.store.WAIT""",
    "how often something is kept or measured; that nothing changes by it is tested where runs are killed": """
        programs.checkpoints.Checkpoints.every programs.race.decoding(steps) programs.dictionary.EVERY""",
    "conversations at a time, of the real model: test_local says that each is answered as if alone": """
        agents.chat.local.BATCH""",
    "a sign in a file or for nobody; the formats' tests know it": """
        agents.memory.store.MARK pretrained.converted.FORMAT programs.dictionary.NOTHING
        lessons.the_art_of_forgetting.hotel.NOBODY""",
    "what is asked of another program: no stored result comes from one": "agents.chat.messages.* agents.chat.remote.*",
    "made once: the file that ships has its SHA-256": """
        programs.dictionary.gallery* programs.essays.*""",
    "of a command that no lesson runs": "programs.transplant.tune_kept* programs.*.settings*",
    "a number to look at, not to work with": "pretrained.smollm2.main* pretrained.minilm.warn(shown)",
    "the sizes of a lesson's data, networks and examinations: another one is another lesson, as its outputs tell": """
        lessons.goal_look_act.learners.Told.__init__(hidden) agents.worlds.grid.MOVES
        agents.worlds.games.LINES agents.worlds.four_rooms.ROOMS agents.worlds.four_rooms.CORNERS toys.bells.DIGITS
        toys.bells.Listener.__init__(hidden) toys.bells.practice(*) toys.cards.KEYS toys.cards.VALUES toys.cards.ASKED
        toys.cards.practice(count) toys.cards.recalled(count) lessons.making_its_own_tools.chores.*
        lessons.three_kinds_of_generalists.clock.TURNS lessons.three_kinds_of_generalists.clock.texts(*)
        lessons.three_kinds_of_generalists.clock.instructions(count) lessons.whom_to_believe.documents.*
        lessons.depth_and_length.cups.MOVES lessons.depth_and_length.cups.MOVE
        lessons.depth_and_length.cups.VOCABULARY lessons.depth_and_length.cups.lessons(batch)
        lessons.the_art_of_forgetting.hotel.Hotel.* lessons.the_art_of_forgetting.hotel.Ledger.__init__(*)
        lessons.an_internal_language.languages.translations(count) toys.media.NOTES toys.media.SAMPLES
        toys.media.phrases(*) lessons.pictures_without_attention.painting.DIGITS
        lessons.pictures_without_attention.painting.HELD_OUT
        lessons.pictures_without_attention.painting.Painter.__init__(*)
        lessons.pictures_without_attention.patches.PRACTICE
        lessons.pictures_without_attention.patches.AROUND
        lessons.pictures_without_attention.patches.Reader.__init__(*) lessons.attention_by_hand.readers.SYMBOLS
        lessons.attention_by_hand.readers.MOST lessons.attention_by_hand.readers.Reader.__init__(width)
        lessons.attention_by_hand.readers.practice(count) toys.recall.Recall.*
        lessons.a_reason_for_every_shape.towers.WIDTH lessons.a_reason_for_every_shape.towers.PIXELS
        lessons.a_reason_for_every_shape.towers.CLASSES lessons.a_reason_for_every_shape.vision.PAGE
        lessons.a_reason_for_every_shape.vision.DIGIT lessons.a_reason_for_every_shape.vision.KERNEL
        lessons.a_reason_for_every_shape.vision.lot(*)""",
}
"""Why no result hangs on a constant, or why another one would be no mistake: the constants, as patterns."""
