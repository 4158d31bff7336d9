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
    "adaptation/test_heads.py::test_batches_are_of_64_with_three_words_of_ten_covered": (
        "adaptation.heads.covered_batches(count)",
        "adaptation.heads.covered_batches(share)",
    ),
    "adaptation/test_heads.py::test_a_head_is_sixty_steps_of_adamw_with_a_decay_of_a_tenth": (
        "adaptation.heads.fit_head(steps)",
        "adaptation.heads.fit_head: 0.02",
        "adaptation.heads.fit_head: 0.1",
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
    "adaptation/test_transplant.py::test_at_first_hardly_anything_fades": ("adaptation.transplant.OPEN",),
    "adaptation/test_transplant.py::test_with_nothing_said_a_layer_hears_one_row_a_step_and_moves_by_a_hundredth": (
        "adaptation.transplant.transplant(lr)",
        "adaptation.transplant.transplant(batch)",
    ),
    "adaptation/test_transplant.py::test_detours_have_eight_directions_that_come_in_at_twice_their_product": (
        "adaptation.transplant.detours(rank)",
        "adaptation.transplant.detours: 2.0",
    ),
    "interpretability/test_circuits.py::test_with_nothing_said_a_head_stays_for_a_twentieth_of_the_margin": (
        "interpretability.circuits.prune(price)",
    ),
    "interpretability/test_circuits.py::test_with_nothing_said_the_gradient_is_the_mean_of_four_midpoints": (
        "interpretability.circuits.effects(steps)",
        "interpretability.circuits.margin(rivals)",
        "interpretability.circuits.effects: 0.5",
    ),
    "interpretability/test_memories.py::test_with_nothing_said_a_neuron_grows_in_five_midpoints": (
        "interpretability.memories.attributions(steps)",
        "interpretability.memories.attributions: 0.5",
    ),
    "interpretability/test_memories.py::test_with_nothing_said_five_come_first": (
        "interpretability.memories.triggers(count)",
        "interpretability.memories.promoted(count)",
    ),
    "interpretability/test_memories.py::test_rewriting_touches_only_these_values_and_minds_their_sign": (
        "interpretability.memories.rewritten(strength)",
    ),
    "interpretability/test_relations.py::test_with_nothing_said_a_line_is_neither_stretched_nor_shrunk": (
        "interpretability.relations.Line.__call__(strength)",
        "interpretability.relations.Line.back(strength)",
    ),
    "interpretability/test_in_context.py::test_with_nothing_said_twelve_prompts_have_six_examples_each": (
        "interpretability.in_context.context_vector(shots)",
        "interpretability.in_context.context_vector(count)",
    ),
    "interpretability/test_directions.py::test_with_nothing_said_it_writes_twelve_tokens": (
        "interpretability.directions.write(length)",
    ),
    "interpretability/test_patching.py::test_with_nothing_said_a_description_has_seven_tokens": (
        "interpretability.patchscopes.describe(max_new)",
    ),
    "interpretability/test_dictionaries.py::test_a_dictionary_learns_by_adam_with_these_numbers": (
        "interpretability.dictionaries.improve(lr)",
        "interpretability.dictionaries.improve(penalty)",
        "interpretability.dictionaries.improve: 0.0",
        "interpretability.dictionaries.improve: 0.9-",
        "interpretability.dictionaries.improve: 0.99-",
        "interpretability.dictionaries.rate: 20",
        "interpretability.dictionaries.rate: 3",
    ),
    "interpretability/test_dictionaries.py::test_the_price_of_codes_is_a_twentieth": (
        "interpretability.dictionaries.objective(penalty)",
    ),
    "interpretability/test_dictionaries.py::test_a_dictionary_takes_300_steps_of_256_vectors": (
        "interpretability.dictionaries.learn(steps)",
        "interpretability.dictionaries.learn(batch)",
    ),
    "interpretability/test_dictionaries.py::test_a_feature_is_dead_after_thirty_silent_steps": (
        "interpretability.dictionaries.PATIENCE",
    ),
    "interpretability/test_dictionaries.py::test_the_first_features_are_data_each_moved_aside_by_a_thousandth": (
        "interpretability.dictionaries.Dictionary.begin: 0.001",
    ),
    "interpretability/test_dictionaries.py::test_the_site_is_behind_twelve_layers": (
        "interpretability.dictionaries.LAYER",
    ),
    "interpretability/test_dictionaries.py::test_a_token_is_counted_in_six_texts": (
        "interpretability.dictionaries.same_token(number)",
    ),
    "interpretability/test_dictionaries.py::test_rounding_is_to_a_1024th_of_the_power_of_two_below_the_spread": (
        "interpretability.dictionaries.rounded: 10",
    ),
    "interpretability/test_dictionaries.py::test_a_gallery_leaves_out_two_positions_and_shows_eight_examples": (
        "interpretability.dictionaries.SINKS",
        "interpretability.compiling.EXAMPLES",
        "interpretability.compiling.HALF",
    ),
    "interpretability/test_dictionaries.py::test_the_sparse_loss_and_its_gradients_are_those_of_dense_autograd": (
        "interpretability.dictionaries.SHARE",
    ),
    "interpretability/test_dictionaries.py::test_only_the_best_of_the_dead_get_their_chance": (
        "interpretability.dictionaries.LENDING",
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
        "pretrained.config_of: 10000",
    ),
    "test_model.py::test_a_hundred_thousandth_is_added_to_the_variance": ("model.Config.norm_eps",),
    "test_model.py::test_a_text_with_learned_positions_has_256_tokens_at_most": ("model.Config.context",),
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
    "test_thinking.py::test_a_budget_is_kept_to_the_token": ("thinking.think(temperature)",),
    "test_embeddings.py::test_a_trillionth_is_added_to_the_variance_as_bert_does": ("embeddings.from_bert: 1e-12",),
    "test_embeddings.py::test_a_text_is_read_up_to_its_256th_token": ("embeddings.LONGEST",),
    "test_piecewise.py::test_with_nothing_said_three_networks_learn_from_128_points_a_step_in_1200_steps": (
        "piecewise.learn(steps)",
        "piecewise.learn(copies)",
        "piecewise.ReluNetworks.__init__(copies)",
        "piecewise.learn: 0.01",
        "piecewise.learn: 128",
        "piecewise.learn: 4000",
        "piecewise.learn: 0.0",
    ),
    "test_piecewise.py::test_with_nothing_said_a_zigzag_is_folded_once_and_looked_at_from_zero_to_one": (
        "piecewise.zigzag(depth)",
        "piecewise.corners(low)",
        "piecewise.corners(high)",
        "piecewise.pieces(low)",
        "piecewise.pieces(high)",
    ),
    "agents/test_experience.py::test_with_nothing_said_three_outcomes_are_shown": ("agents.experience.Habit.count",),
    "agents/test_local.py::test_with_nothing_said_nothing_is_left_to_the_die": (
        "agents.local.LocalChat.write(temperature)",
        "agents.local.LocalChat.stream(temperature)",
    ),
    "agents/test_selecting.py::test_with_nothing_said_three_tools_are_brought": (
        "agents.selecting.Selector.__call__(k)",
    ),
    "agents/test_tools.py::test_a_result_of_two_thousand_characters_is_whole": ("agents.tools.LONGEST",),
    "agents/test_repairing.py::test_a_name_is_mended_where_three_quarters_of_its_letters_are_another_s": (
        "agents.repairing.correct_name: 0.75",
    ),
    "agents/test_rooms.py::test_a_walk_into_a_wall_ends_after_forty_steps": ("agents.rooms.LIMIT",),
    "agents/test_rooms.py::test_the_first_reward_moves_a_value_half_the_way": ("agents.rooms.q_learn: 0.5",),
    "agents/test_rooms.py::test_one_move_in_five_is_tried_at_random": ("agents.rooms.q_learn: 0.2",),
    "agents/test_rooms.py::test_values_are_the_discounted_way": ("agents.rooms.q_learn: 0.95-",),
    "agents/test_rooms.py::test_being_told_takes_500_steps_of_128_and_a_decay_of_a_tenth": (
        "agents.rooms.learn_by_words(steps)",
        "agents.rooms.learn_by_words: 0.003",
        "agents.rooms.learn_by_words: 0.1",
        "agents.rooms.learn_by_words: 128",
    ),
    "agents/test_planning.py::test_a_step_costs_a_thousandth_of_a_nat": ("agents.planning.world_model.STEP",),
    "agents/test_planning.py::test_equal_ways_are_equal_to_the_last_bit_whatever_comes_first_on_them": (
        "agents.planning.world_model.GRAIN",
    ),
    "agents/test_planning.py::test_dangers_are_what_was_seen_and_before_that_what_was_expected": (
        "agents.planning.world_model.DOUBT",
    ),
    "agents/test_planning.py::test_what_is_certain_risks_a_thousand_to_one_and_what_was_never_seen_one_in_four": (
        "agents.planning.world_model.Dangers.risk: 0.999-",
        "agents.planning.world_model.lived(expected)",
    ),
    "agents/test_planning.py::test_an_effort_is_ten_for_a_walk_one_for_a_thought_and_a_hundred_in_all": (
        "agents.planning.world_model.Effort.purse",
        "agents.planning.world_model.Effort.thought",
        "agents.planning.world_model.Effort.walk",
    ),
    "agents/test_planning.py::test_worlds_end_after_sixty_and_after_a_thousand_steps": (
        "agents.planning.worlds.Town.__init__(limit)",
        "agents.planning.worlds.Castle.__init__(limit)",
    ),
    "agents/test_planning.py::test_a_door_is_drawn_anew_once_in_fifty_steps_and_open_where_nothing_is_said": (
        "agents.planning.worlds.Town.__init__(surprise)",
        "agents.planning.worlds.Town.__init__(change)",
    ),
    "agents/test_planning.py::test_towns_and_castles_are_of_the_size_and_the_kind_that_is_usual": (
        "agents.planning.worlds.town(rooms)",
        "agents.planning.worlds.town(bricked)",
        "agents.planning.worlds.castle(traps)",
        "agents.planning.worlds.castle(size)",
    ),
    "toys/test_bells.py::test_four_calls_of_ten_have_a_bell_and_for_one_who_hears_one_person_three_of_twenty": (
        "toys.bells.calls(bells)",
        "toys.bells.spoken(bells)",
    ),
    "toys/test_cards.py::test_faces_begin_at_a_half_in_each_direction": ("toys.cards.Faces.__init__: 0.5",),
    "toys/test_cups.py::test_how_often_there_is_a_slip_a_second_look_a_row_of_dots": (
        "toys.cups.looked_at_again: 0.6",
        "toys.cups.looked_at_again: 7",
        "toys.cups.looked_at_again: 10",
        "toys.cups.cut_short: 7",
        "toys.cups.lessons: 10",
    ),
    "toys/test_hotel.py::test_gates_begin_nearly_open_and_a_guest_counts_from_half_strength": (
        "toys.hotel.Ledger.__init__: 3.0",
        "toys.hotel.Ledger.says: 0.5",
    ),
    "toys/test_hotel.py::test_the_loss_takes_nobody_for_a_guest_at_half_strength_and_ten_of_one_for_certain": (
        "toys.hotel.ledger_loss: 0.5",
        "toys.hotel.ledger_loss: 10",
    ),
    "toys/test_titans.py::test_with_nothing_said_a_write_goes_half_the_way": ("toys.titans.Titans.__init__(step)",),
    "toys/test_titans.py::test_one_matrix_without_momentum_is_the_delta_rule": (
        "toys.titans.Titans.__init__(momentum)",
        "toys.titans.Titans.__init__(forget)",
    ),
    "toys/test_diary.py::test_words_shares_are_a_ridge_regression_of_a_tenth": ("toys.diary.composed: 0.1",),
    "toys/test_languages.py::test_with_nothing_said_a_sentence_is_looked_at_after_its_first_layer": (
        "toys.languages.sentence_vectors(layer)",
    ),
    "toys/test_models.py::test_its_slowest_pair_turns_by_a_hundredth_nearly": ("toys.models.small_model: 100.0",),
    "toys/test_models.py::test_its_settings": ("toys.models.small_model: 0.1",),
    "toys/test_clock.py::test_smiles_are_rolled_at_temperature_one": ("toys.clock.smiling: 1.0",),
    "toys/test_clock.py::test_every_second_answer_ends_with_a_smile": ("toys.clock.instructions(smile)",),
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
    "toys/test_painting.py::test_a_painter_learns_in_130_steps_of_24_pictures": (
        "toys.painting.train(steps)",
        "toys.painting.train: 0.008",
        "toys.painting.lessons(batch)",
    ),
    "toys/test_painting.py::test_a_picture_is_drawn_in_sixteen_steps_on_eight_by_eight_pixels": (
        "toys.painting.draw(steps)",
        "toys.painting.draw(size)",
    ),
    "toys/test_painting.py::test_a_look_at_nothing_is_nothing_and_at_little_is_divided_by_a_ten_thousandth_more": (
        "toys.painting.linear: 0.0001",
        "toys.painting.norm: 1e-05",
    ),
    "toys/test_painting.py::test_a_moment_is_told_in_eight_waves_from_one_to_a_hundred": (
        "toys.painting.Painter.forward: 2",
    ),
    "toys/test_patches.py::test_a_reader_hears_of_sixteen_digits_a_step_at_a_hundredth": (
        "toys.patches.train: 0.01",
        "toys.patches.train: 16",
    ),
    "toys/test_towers.py::test_towers_learn_by_adamw_with_the_numbers_of_its_paper_and_no_clip": (
        "toys.towers.build(lr)",
        "toys.towers.build(steps)",
        "toys.towers.build(batch)",
        "toys.towers.build: 0.9-",
        "toys.towers.build: 0.999-",
    ),
    "toys/test_towers.py::test_the_weights_of_towers_are_multiples_of_two_to_the_minus_12": ("toys.towers.COARSE",),
    "toys/test_towers.py::test_towers_are_networks_of_torch_s_layers": ("toys.towers.TOO_SMALL",),
    "toys/test_towers.py::test_a_map_has_21_points_to_a_side_and_a_thousand_digits_are_ink": (
        "toys.towers.surface(side)",
        "toys.towers.ink(count)",
    ),
    "toys/test_vision.py::test_school_is_200_steps_of_32_pictures": (
        "toys.vision.school(steps)",
        "toys.vision.school(batch)",
        "toys.vision.school(lr)",
    ),
    "agents/test_store.py::test_with_nothing_said_three_are_found_among_points_of_minilm_s_width": (
        "agents.store.Memory.nearest(k)",
        "agents.store.Memory.__init__(width)",
    ),
    "test_race.py::test_no_other_width_comes_nearer_to_eight_thirds": ("race.USUAL",),
    "test_race.py::test_a_newborn_s_embeddings_have_length_one": ("race.newborn: -0.5",),
    "test_race.py::test_nine_tenths_are_to_learn_from": (
        "race.split: 9",
        "race.split: 10",
    ),
    "test_race.py::test_a_race_is_read_at_four_times_its_length_and_written_after_64_times": (
        "race.LONGER",
        "race.CONTEXTS[0]",
        "race.CONTEXTS[1]",
        "race.CONTEXTS[2]",
        "race.CONTEXTS[3]",
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
    "agents/test_graph.py::test_the_walk_goes_from_near_to_far_and_not_to_another_island": (
        "agents.graph.walk(damping)",
    ),
    "agents/test_graph.py::test_keywords_are_words_of_the_text_in_their_order": ("agents.graph.keywords(n)",),
}
"""check: the constants that it sees. A tenth off, each of them turns it red."""

UNSEEN: dict[str, str] = {
    "adaptation.transplant.overhear(pieces)": "constants/pieces.py::overheard",
    "embeddings.BATCH": "constants/pieces.py::points",
    "interpretability.ablation.without(chunk)": "constants/pieces.py::without_neurons",
    "interpretability.dictionaries.at_site(batch)": "constants/pieces.py::streams",
    "interpretability.relations.jacobians(chunk)": "constants/pieces.py::slopes",
    "mixers.convolution.SHORT": "mixers/test_convolution.py::test_equals_torch",
    "mixers.delta.CHUNK": "mixers/test_delta.py::test_equals_transformers",
    "mixers.gated.CLOSED": "mixers/test_gated.py::test_a_gate_that_is_shut_forgets_everything",
    "mixers.linear_attention.CHUNK": "mixers/test_linear_attention.py::test_forms_agree",
    "mixers.mamba.CHUNK": "mixers/test_mamba.py::test_equals_transformers",
    "piecewise.corners: 1e-12": "test_piecewise.py::test_corners_explain_a_random_network_completely",
    "piecewise.corners: 1e-07": "test_piecewise.py::test_corners_explain_a_random_network_completely",
    "training.IGNORE": "test_training.py::test_loss_equals_transformers_and_learns_only_what_is_asked",
}
"""How much is done at a time, or a bound that must not matter: with another one this check passes all the same."""
NO_RESULT: dict[str, str] = {
    "a die's number, or where to begin; another is another example": """*(seed) *(start) *(first) *(past)
        agents.planning.walking.Planner.plans race.batches(share) toys.cups.thoughts(by) toys.cups.column(times)""",
    "a limit, that stops what would not end by itself": """*(max_tokens) *(seconds) *(timeout) *(retries)
        agents.loop.* agents.protocol.START agents.sandbox.* agents.store.WAIT""",
    "how often something is kept or measured; that nothing changes by it is tested where runs are killed": """
        race.Checkpoints.every race.decoding(steps) interpretability.compiling.EVERY""",
    "conversations at a time, of the real model: test_local says that each is answered as if alone": """
        agents.local.BATCH""",
    "a sign in a file or for nobody; the formats' tests know it": """agents.store.MARK pretrained.FORMAT
        interpretability.compiling.NOTHING toys.hotel.NOBODY""",
    "what is asked of another program: no stored result comes from one": "agents.messages.* agents.remote.*",
    "made once: the file that ships has its SHA-256": """interpretability.compiling.gallery* toys.essays.*""",
    "of a command that no lesson runs": "adaptation.transplant.tune_kept* adaptation.transplant.settings*",
    "a number to look at, not to work with": "pretrained.main*",
    "the sizes of a lesson's data, networks and examinations: another one is another lesson, as its outputs tell": """
        agents.rooms.Told.__init__(hidden) agents.rooms.MOVES agents.planning.worlds.MOVES agents.games.LINES
        agents.rooms.ROOMS agents.rooms.CORNERS
        toys.bells.DIGITS toys.bells.Listener.__init__(hidden) toys.bells.practice(*) toys.cards.KEYS toys.cards.VALUES
        toys.cards.ASKED toys.cards.practice(count) toys.cards.recalled(count) toys.chores.* toys.clock.TURNS
        toys.clock.texts(*) toys.clock.instructions(count) toys.conflicts.* toys.cups.MOVES toys.cups.MOVE
        toys.cups.VOCABULARY toys.cups.lessons(batch) toys.hotel.Hotel.* toys.hotel.Ledger.__init__(*)
        toys.languages.translations(count) toys.media.NOTES toys.media.SAMPLES toys.media.phrases(*)
        toys.painting.DIGITS toys.painting.HELD_OUT toys.painting.Painter.__init__(*) toys.painting.products(*)
        toys.patches.PRACTICE toys.patches.AROUND toys.patches.Reader.__init__(*) toys.readers.SYMBOLS toys.readers.MOST
        toys.readers.Reader.__init__(width) toys.readers.practice(count) toys.recall.Recall.* toys.towers.WIDTH
        toys.towers.PIXELS toys.towers.CLASSES toys.vision.PAGE toys.vision.DIGIT toys.vision.KERNEL
        toys.vision.lot(*)""",
}
"""Why no result hangs on a constant, or why another one would be no mistake: the constants, as patterns."""
